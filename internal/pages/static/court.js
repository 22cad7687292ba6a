// The page for court: opened without signal, it seals what is written on this
// device to a key of the service, so that it cannot be read here any more, and
// sends it when there is a connection.
import { all, base64, day, drop, max, put, seal, ulid, wipe } from "./court-store.js";

const get = (id) => document.getElementById(id);
const make = (name, props, ...inside) => {
	const e = Object.assign(document.createElement(name), props);
	e.append(...inside);
	return e;
};
const clock = (t) => {
	const d = new Date(t), time = d.toTimeString().slice(0, 5);
	return d.toDateString() === new Date().toDateString() ? time : d.toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short" }) + ", " + time;
};
const say = (text) => { get("court-said").textContent = text; };
const rest = 15 * 60 * 1000; // as a session may rest

const able = crypto.subtle && "indexedDB" in window && "serviceWorker" in navigator && "caches" in window;
if (able) {
	get("court-none").hidden = true;
	get("court-page").replaceWith(get("court-page").content.cloneNode(true));
	start();
}

function start() {
	const forms = new Map([...document.querySelectorAll("form[data-kind]")].map((f) => [f.dataset.kind, f]));
	const results = new Map(); // by entry: what the service said
	const received = []; // what is at the service and has to be checked there
	let packets = [], entries = [], lost = [];
	let now = null; // what is being written: { kind, form, entry, began, kept, at }
	let turn = Promise.resolve(); // one write to the device at a time
	const next = (what) => turn = turn.then(what, what);

	const called = (packet) => {
		const p = packets.find((p) => p.packet === packet);
		return p ? `${p.initials} ${p.case}`.trim() : "A case";
	};

	// What is past its time goes, and what went unsent is said.
	async function tidy() {
		for (const e of await all("entries")) {
			if (Date.now() - e.written < day) continue;
			await put("lost", { entry: e.entry, text: `${called(e.packet)}, written ${clock(e.written)}` });
			await drop("entries", e.entry);
		}
		const used = new Set((await all("entries")).map((e) => e.packet));
		for (const p of await all("packets")) if (Date.now() > Date.parse(p.gone) && !used.has(p.packet)) await drop("packets", p.packet);
	}

	async function show() {
		packets = await all("packets");
		await tidy();
		[packets, entries, lost] = await Promise.all([all("packets"), all("entries"), all("lost")]);
		entries.sort((a, b) => a.written - b.written);

		const n = entries.length;
		get("court-count").textContent = n === 0 ? "Nothing waits on this device." : `${n} ${n === 1 ? "entry" : "entries"}, not yet recorded.`;
		get("court-queue").replaceChildren(...entries.map((e) => {
			const left = e.written + day - Date.now(), r = results.get(e.entry);
			return make("li", { className: "court__entry" },
				make("p", {}, make("b", { textContent: called(e.packet) }), ` 1 entry, ${e.whole ? "" : "not finished, "}not yet recorded, written ${clock(e.written)}`),
				left < day / 6
					? make("p", { className: "alarm", textContent: `It is wiped at ${clock(e.written + day)}. Send it before, or write it on paper.` })
					: make("p", { className: "quiet", textContent: `Sealed. It cannot be read on this device, and is wiped at ${clock(e.written + day)} if it was not sent.` }),
				...(r ? [make("p", { className: "alarm", textContent: r })] : []));
		}));
		get("court-queue").hidden = n === 0;
		get("court-send").hidden = n === 0;
		get("court-received").replaceChildren(...received.map((e) => make("li", { className: "court__entry" },
			make("p", {}, make("b", { textContent: e.called }), ` written ${clock(e.written)}, received ${clock(e.at)}, not yet recorded`),
			make("p", {}, make("a", { className: "govuk-link", href: e.review, textContent: `Check it and record it` }, make("span", { className: "govuk-visually-hidden", textContent: `: ${e.called}, written ${clock(e.written)}` }))))));
		get("court-received").hidden = received.length === 0;
		get("court-lost").replaceChildren(...lost.map((l) => make("li", {}, make("p", { className: "alarm" }, `Wiped unsent, because its 24 hours were over: ${l.text}. Write it down from memory. `,
			make("button", { type: "button", className: "press press--small", textContent: "I have read this", onclick: () => next(async () => { await drop("lost", l.entry); await show(); }) })))));
		get("court-lost").hidden = lost.length === 0;

		const open = packets.filter((p) => Date.now() < Date.parse(p.until));
		get("court-cases").replaceChildren(...open.map((p) => make("li", {}, make("b", { textContent: `${p.initials} ${p.case}`.trim() }), `, can be written about until ${clock(Date.parse(p.until))}`)));
		get("court-no-case").hidden = open.length > 0;
		get("court-write").hidden = open.length === 0 || now !== null;
		get("court-wipe").textContent = "Wipe this device now";
		wiping = false;
	}

	// Writing.
	function begin(kind) {
		const form = forms.get(kind), today = new Date();
		const pick = form.querySelector("[data-packet]");
		const open = packets.filter((p) => Date.now() < Date.parse(p.until));
		pick.replaceChildren(...(open.length > 1 ? [make("option", { value: "", textContent: "Choose" })] : []), ...open.map((p) => make("option", { value: p.packet, textContent: called(p.packet) })));
		const two = (n) => String(n).padStart(2, "0");
		form.querySelector("[type=date]").value = `${today.getFullYear()}-${two(today.getMonth() + 1)}-${two(today.getDate())}`;
		now = { kind, form, entry: ulid(Date.now()), kept: text(kind, form), at: Date.now() };
		form.hidden = false;
		get("court-write").hidden = true;
		form.querySelector("h2").focus();
		say("");
	}

	function text(kind, form) {
		const q = new URLSearchParams({ kind });
		for (const [name, value] of new FormData(form)) if (name !== "packet") q.append(name, value);
		return q.toString();
	}

	// keep seals what is in the form over what was sealed of it before.
	async function keep(whole) {
		if (!now) return;
		const w = now, words = text(w.kind, w.form), id = w.form.querySelector("[data-packet]").value;
		if (!whole && (words === w.kept || !id)) return;
		const packet = packets.find((p) => p.packet === id), written = Date.now();
		await put("entries", { entry: w.entry, packet: id, written, whole, sealed: await seal(packet, w.entry, written, words) });
		w.kept = words;
		const said = w.form.querySelector("[data-kept]");
		if (!whole) said.textContent = `Kept on this device at ${clock(written)}, sealed. Not yet recorded.`;
	}

	function end() {
		if (!now) return;
		now.form.reset();
		now.form.hidden = true;
		now.form.querySelector("[data-kept]").textContent = "";
		for (const box of now.form.querySelectorAll("textarea")) box.dispatchEvent(new Event("input", { bubbles: true })); // and what stands beside its lines
		now = null;
	}

	const failed = (e) => say(e instanceof RangeError
		? `That is longer than the ${max >> 20} MB that one entry can hold. Take a part out, keep it, and write the rest as another entry.`
		: "It could not be kept on this device. Write it on paper before you leave this page.");
	for (const [kind, form] of forms) {
		get("court-begin-" + kind).addEventListener("click", () => begin(kind));
		form.addEventListener("input", () => { if (now) now.at = Date.now(); });
		form.addEventListener("submit", (e) => {
			e.preventDefault();
			const pick = form.querySelector("[data-packet]"), words = [...form.querySelectorAll("textarea, [data-words]")];
			const wrong = !pick.value ? [pick, "Choose the case."] : words.every((w) => w.value.trim() === "") ? [words.find((w) => w.matches("#notes")) ?? words[0], "Write at least one line."] : null;
			if (wrong) {
				form.querySelector("[data-kept]").textContent = wrong[1];
				wrong[0].focus();
				return;
			}
			next(async () => {
				await keep(true);
				end();
				await show();
				say("Kept on this device, sealed. It is not yet recorded, and cannot be read here any more.");
				get("court-queue-h").focus();
			}).catch(failed);
		});
		form.querySelector("[data-drop]").addEventListener("click", () => next(async () => {
			const entry = now?.entry;
			end();
			if (entry) await drop("entries", entry);
			await show();
			get("court-write-h").focus();
		}).catch(failed));
	}
	const part = () => next(() => keep(false)).catch(failed);
	setInterval(part, 5000);
	document.addEventListener("visibilitychange", () => { if (document.hidden) part(); });
	setInterval(() => {
		// Nobody writes: the words do not stay in sight.
		if (now && Date.now() - now.at > rest) next(async () => { await keep(false); end(); await show(); say("Nobody wrote for 15 minutes. What was there is kept, sealed."); }).catch(failed);
	}, 5000);
	setInterval(() => { if (!now) next(show); }, 60000);

	// Sending.
	const why = {
		unknown: "The service does not take it from who is signed in now. Sign in as who took the case to court.",
		refused: "You can no longer record in this case. It stays here, sealed, until it is wiped: write on paper what has to be kept, and tell your manager.",
		damaged: "It was changed on this device and cannot be opened any more. Write it down from memory.",
		full: "Too many entries came from this one packet. Take the case to court anew, and write the rest from memory.",
	};
	async function send() {
		let sent = 0;
		for (const e of entries) {
			if (e.entry === now?.entry) continue;
			let r, answer;
			try {
				r = await fetch("/court/sync", { method: "POST", body: new URLSearchParams({ now: new Date().toISOString(), sealed: base64(e.sealed) }), redirect: "error" });
			} catch {
				say("There is no connection to the service. Everything stays here, sealed.");
				break;
			}
			if (r.headers.get("Content-Type")?.startsWith("application/json")) answer = await r.json();
			if (answer?.state === "received") {
				received.push({ ...e, called: called(e.packet), at: Date.parse(answer.received), review: answer.review });
				results.delete(e.entry);
				await drop("entries", e.entry);
				sent++;
				continue;
			}
			const p = packets.find((p) => p.packet === e.packet);
			if (answer?.state === "unknown" && p && Date.now() > Date.parse(p.gone)) results.set(e.entry, "Its time is over: the service cannot open it any more. Write it down from memory.");
			else if (answer && why[answer.state]) results.set(e.entry, why[answer.state]);
			else if (r.status === 401) { get("court-sign").hidden = false; say("Sign in, then it is sent."); break; }
			else if (r.status === 409) { say("Screen sharing is on. Turn it off, then send."); break; }
			else { say("The service could not take it just now. Everything stays here, sealed: try again."); break; }
		}
		await show();
		if (sent > 0) say(`${sent} ${sent === 1 ? "entry was" : "entries were"} sent and wiped from this device. Nothing is recorded before you have checked it: here, or later from My day, under Drafts.`);
		else if (results.size > 0) say("It was not taken. The reason stands with each entry.");
	}
	get("court-send").addEventListener("click", () => next(send));
	addEventListener("online", () => next(send));

	// Wiping.
	let wiping = false;
	get("court-wipe").addEventListener("click", () => {
		if (!wiping) {
			wiping = true;
			get("court-wipe").textContent = entries.length === 0 ? "Press again to wipe it" : `Press again to wipe ${entries.length} unsent ${entries.length === 1 ? "entry" : "entries"} for ever`;
			return;
		}
		next(async () => {
			end();
			await wipe();
			for (const name of await caches.keys()) if (name.startsWith("court ")) await caches.delete(name);
			for (const r of await navigator.serviceWorker.getRegistrations()) await r.unregister();
			[packets, entries, lost] = [[], [], []];
			results.clear();
			for (const id of ["court-queue", "court-lost", "court-write", "court-send"]) get(id).hidden = true;
			get("court-count").textContent = "Nothing waits on this device.";
			get("court-ready").textContent = "This page was wiped too: it does not open without signal before you have opened it with a connection.";
			get("court-cases").replaceChildren();
			get("court-no-case").hidden = false;
			get("court-wipe").textContent = "Wipe this device now";
			wiping = false;
			say("Everything of court was wiped from this device.");
		});
	});

	next(show).then(() => { if (entries.length > 0 && navigator.onLine) next(send); });

	// The one script address that this page may ever load by itself.
	const worker = "/court/worker.js";
	const policy = window.trustedTypes?.createPolicy("court", { createScriptURL: (to) => { if (to !== worker) throw new TypeError(); return to; } });
	navigator.serviceWorker.register(policy ? policy.createScriptURL(worker) : worker, { scope: "/court", updateViaCache: "none" })
		.then(() => navigator.serviceWorker.ready)
		.then(() => { get("court-ready").textContent = "This page is on this device: it opens without signal."; })
		.catch(() => { get("court-ready").textContent = navigator.onLine ? "This page cannot be kept on this device. Write on paper at court." : "This page is open without signal."; });
}
