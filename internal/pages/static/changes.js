// Tells whoever has a case open that somebody recorded something in it. A page
// in a tab that is not in sight does not listen.
const here = document.querySelector("[data-changes]");
if (here && "EventSource" in window) {
	let since = Number(here.dataset.seq), source;
	const tell = (e) => {
		const [seq, what] = e.data.split(" ");
		since = Number(seq);
		here.textContent = what === "reach"
			? "How the client can be reached was changed just now. Read it before you ring, write or go. "
			: "Something new was recorded in this case. ";
		here.className = what === "reach" || here.className === "alarm" ? "alarm" : "govuk-inset-text";
		const link = document.createElement("a");
		link.className = "govuk-link";
		link.href = here.dataset.changes.replace(/\/changes$/, "") + "?last=" + since + "#timeline"; // another address, so that it is asked for
		link.textContent = "Show what is new";
		if (document.querySelector("textarea")) link.target = "_blank"; // what is being written stays
		here.append(link);
		here.hidden = false;
	};
	const listen = () => {
		source?.close();
		source = undefined;
		if (document.hidden) return;
		source = new EventSource(here.dataset.changes + "?since=" + since);
		source.addEventListener("new", tell);
	};
	document.addEventListener("visibilitychange", listen);
	addEventListener("pagehide", () => source?.close());
	listen();
}
