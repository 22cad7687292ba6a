// Counts what is left to decide while somebody decides, and leads from every
// entry to what comes next of it. Without scripts a button has the server count.
const form = document.querySelector("form[data-words]");
const entries = [...form.querySelectorAll("[data-entry]")];
const put = (name, left) => { for (const e of form.querySelectorAll(`[data-left="${name}"]`)) e.textContent = left; };
const look = () => {
	const undecided = entries.flatMap((entry) => {
		const left = [...entry.querySelectorAll(".words__proposal")].filter((p) => !p.querySelector("input[type=radio]:checked"));
		put(entry.dataset.entry, left.length);
		return left;
	});
	put("all", undecided.length);
	for (const link of form.querySelectorAll("[data-next]")) {
		const from = link.closest("section");
		const after = (p) => !from || !from.contains(p) && from.compareDocumentPosition(p) & Node.DOCUMENT_POSITION_FOLLOWING;
		const next = undecided.find(after) ?? undecided[0];
		if (next) link.href = "#" + next.id;
		link.hidden = !next;
		link.nextElementSibling.hidden = Boolean(next);
	}
};
form.addEventListener("change", (e) => { if (e.target.type === "radio") look(); });
for (const button of form.querySelectorAll("button[name=count]")) button.hidden = true;
look(); // a browser may fill in what was chosen before
