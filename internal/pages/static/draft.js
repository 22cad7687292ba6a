// The draft of a form: kept at the service, sealed, every five seconds in which
// something changed.

const form = document.querySelector("form[data-draft]");
if (form) {
	const said = document.getElementById("kept");
	const fields = () => {
		const q = new URLSearchParams();
		for (const [name, value] of new FormData(form)) q.append(name, value);
		return q.toString();
	};
	let kept = fields(), busy = false, done = false;
	document.addEventListener("submit", () => { done = true; });
	const keep = async () => {
		const now = fields();
		if (busy || done || now === kept) return;
		busy = true;
		try {
			const r = await fetch(form.dataset.draft, {
				method: "POST", body: now, headers: { "Content-Type": "application/x-www-form-urlencoded" }, redirect: "error",
			});
			if (!r.ok) throw new Error();
			kept = now;
			if (said) said.textContent = "Draft kept at " + new Date().toTimeString().slice(0, 5) + ". Nothing of it is recorded yet.";
			document.dispatchEvent(new Event("worked"));
		} catch {
			if (said) said.textContent = "The draft could not be kept. Do not leave this page before it is recorded.";
		} finally {
			busy = false;
		}
	};
	setInterval(keep, 5000);
	document.addEventListener("visibilitychange", () => { if (document.hidden) keep(); });
}
