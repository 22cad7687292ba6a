// The note box, improved: buttons that put a mark before a line, and beside
// every line what it will be. What is typed is never changed. Without this
// script the box is a plain one and the server reads the same marks.

const form = document.getElementById("contact");
const box = document.getElementById("notes");
const keys = [...document.querySelectorAll("#notes-marks li")].map((li) => ({
	sign: li.querySelector("kbd").textContent,
	label: li.querySelector("b").textContent,
	hint: li.textContent.trim(),
}));

if (box && keys.length) {
	const make = (name, text, cls) => {
		const e = document.createElement(name);
		if (text) e.textContent = text;
		if (cls) e.className = cls;
		return e;
	};

	// Buttons. setRangeText keeps the browser's own undo where it can.
	const list = make("ul", "", "notes__keys");
	for (const k of keys) {
		const button = make("button");
		button.type = "button";
		button.title = k.hint;
		button.append(make("kbd", k.sign), k.label);
		button.addEventListener("click", () => put(k.sign));
		const li = make("li");
		li.append(button);
		list.append(li);
	}
	document.getElementById("notes-marks").replaceWith(list);

	const signs = keys.map((k) => k.sign);
	function put(sign) {
		const at = box.selectionStart;
		const start = box.value.lastIndexOf("\n", at - 1) + 1;
		const end = box.value.indexOf("\n", start) < 0 ? box.value.length : box.value.indexOf("\n", start);
		const line = box.value.slice(start, end);
		const old = signs.includes(line[0]) ? (line[1] === " " ? 2 : 1) : 0;
		box.setRangeText(sign + " ", start, start + old, "preserve");
		const shift = 2 - old;
		box.focus();
		box.setSelectionRange(Math.max(start + 2, at + shift), Math.max(start + 2, at + shift));
		box.dispatchEvent(new Event("input", { bubbles: true }));
	}

	// What each line is. Nothing is announced: the page that checks the contact
	// says it all again.
	const live = make("ol", "", "notes__live");
	live.setAttribute("aria-label", "What each line is");
	box.after(live);
	const summary = keys.find((k) => k.sign === "=").label;
	const show = () => {
		live.replaceChildren();
		for (const line of box.value.split("\n")) {
			if (line.trim() === "") continue;
			const k = keys.find((k) => line.startsWith(k.sign));
			let text = k ? line.slice(1) : line;
			if (k && text.startsWith(" ")) text = text.slice(1);
			const li = make("li");
			li.append(make("b", k ? k.label : summary), " ");
			const said = make("bdi", [...text].slice(0, 60).join(""));
			said.translate = false;
			li.append(said);
			live.append(li);
		}
		live.hidden = live.childElementCount === 0;
	};
	box.addEventListener("input", show);
	show();
}

// Ctrl+Enter does what the first button does: it checks, it never records.
const review = document.getElementById("review");
if (form && review) {
	form.addEventListener("keydown", (e) => {
		if (e.key !== "Enter" || !(e.ctrlKey || e.metaKey) || e.isComposing) return;
		e.preventDefault();
		form.requestSubmit(review);
	});
}
