"use strict";

const $ = (id) => document.getElementById(id);
const text = (id, value) => { $(id).textContent = value; };

let worker = null; // the check that is going on
let answer = null; // the last answer as text

// The worker's source is a part of this page, so that the page is one file.
const scripts = globalThis.trustedTypes?.createPolicy("verifier", { createScriptURL: (url) => url })
	?? { createScriptURL: (url) => url };

function begin(bundle, policy) {
	const url = URL.createObjectURL(new Blob([$("worker").textContent], { type: "text/javascript" }));
	const failed = (why) => { if (worker !== null) show(bundle, policy, unable(why), null); };
	try {
		worker = new Worker(scripts.createScriptURL(url));
	} catch (error) {
		worker = { terminate() {} };
		failed(String(error));
		return;
	} finally {
		URL.revokeObjectURL(url);
	}
	worker.onerror = (event) => { event.preventDefault(); failed(event.message || "the browser does not start the program"); };
	worker.onmessageerror = () => failed("the browser does not pass the file on");
	worker.onmessage = ({ data }) => {
		if (data.at !== undefined) progress(data.at, bundle.size);
		else if (data.failed !== undefined) failed(data.failed);
		else show(bundle, policy, data.verdict, data.text);
	};
	worker.postMessage({ program: $("program").textContent, bundle, policy });
}

// unable is the verdict when the program itself does not run here.
function unable(why) {
	return {
		result: "COULD NOT CHECK",
		summary: "This browser could not run the check. That is no sign of a change, and no sign that there is none.",
		advice: "Try a newer browser, or a computer with more memory, or the program caseledger-verify, which the service can give you.",
		checks: [{ name: "program", outcome: "not done", text: why }],
		warnings: [],
	};
}

function progress(at, size) {
	const percent = size > 0 ? Math.floor((100 * at) / size) : 100;
	$("progress").value = percent;
	text("percent", percent < 100 ? percent + " %" : "read; now comparing");
}

function end() {
	worker?.terminate();
	worker = null;
	$("working").hidden = true;
	$("check").hidden = false;
}

const classes = { "MATCHES": "matches", "DOES NOT MATCH": "differs", "COULD NOT CHECK": "unknown" };

function show(bundle, policy, verdict, asText) {
	end();
	text("status", "");
	$("answer").className = classes[verdict.result] ?? "unknown";
	const of = bundle.name + (policy === null ? ", without a policy" : ", with the policy " + policy.name);
	text("name", of);
	text("verdict", verdict.result);
	text("summary", verdict.summary);
	text("vouched", verdict.assurance_text ? "Assurance: " + verdict.assurance_text + "." : "");
	$("vouched").hidden = !verdict.assurance_text;
	text("advice", verdict.advice);
	const facts = [
		["Exhibit", verdict.exhibit], ["Case", verdict.case], ["Ledger", verdict.origin], ["Check code", verdict.check_code],
		["SHA-256 of the file", verdict.sha256],
		["Events", verdict.events ? verdict.events + " in the case with this export, " + verdict.disclosed + " disclosed" : ""],
	].filter(([, value]) => value);
	$("facts").replaceChildren(...facts.flatMap(([name, value]) => [element("dt", name), element("dd", value, "code")]));
	$("warned").hidden = verdict.warnings.length === 0;
	$("warnings").replaceChildren(...verdict.warnings.map((w) => element("li", w)));
	$("checks").replaceChildren(...verdict.checks.map((c) => {
		const row = element("tr", "");
		const name = element("th", c.name);
		name.scope = "row";
		row.append(name, element("td", c.outcome, c.outcome === "failed" ? "failed" : ""), element("td", c.text));
		return row;
	}));
	answer = asText === null ? null : "File " + of + "\n\n" + asText;
	$("save").hidden = answer === null;
	$("answer").hidden = false;
	$("verdict").focus();
	$("answer").scrollIntoView({ block: "start" });
}

function element(name, value, className) {
	const e = document.createElement(name);
	e.textContent = value;
	if (className) e.className = className;
	return e;
}

function mistake(why) {
	text("status", "");
	$("bundle-error").lastElementChild.textContent = why;
	$("bundle-error").hidden = why === "";
	$("bundle").setAttribute("aria-invalid", String(why !== ""));
}

$("form").addEventListener("submit", (event) => {
	event.preventDefault();
	if (worker !== null) return;
	const [bundle] = $("bundle").files;
	const [policy] = $("policy").files;
	if (bundle === undefined) {
		mistake("Choose the bundle first.");
		$("bundle").focus();
		return;
	}
	mistake("");
	$("answer").hidden = true;
	$("check").hidden = true;
	progress(0, bundle.size);
	$("working").hidden = false;
	text("status", "Checking.");
	$("stop").focus();
	begin(bundle, policy ?? null);
});

$("stop").addEventListener("click", () => {
	end();
	text("status", "Stopped. Nothing was found out.");
	$("check").focus();
});

// What was answered was for the files that were chosen then.
for (const id of ["bundle", "policy"]) {
	$(id).addEventListener("change", () => {
		mistake("");
		$("answer").hidden = true;
		if (worker === null) return;
		end();
		text("status", "Stopped, because another file was chosen.");
	});
}

$("print").addEventListener("click", () => print());

$("save").addEventListener("click", () => {
	const link = document.createElement("a");
	link.href = URL.createObjectURL(new Blob([answer], { type: "text/plain;charset=utf-8" }));
	link.download = "verifier-answer.txt";
	link.click();
	URL.revokeObjectURL(link.href);
});

// Files may be dropped anywhere; a page that does nothing with them would
// leave the browser to open them in its place.
addEventListener("dragover", (event) => {
	event.preventDefault();
	document.body.classList.add("over");
});
addEventListener("dragleave", (event) => {
	if (event.relatedTarget === null) document.body.classList.remove("over");
});
addEventListener("drop", (event) => {
	event.preventDefault();
	document.body.classList.remove("over");
	if (worker !== null) return;
	const files = [...event.dataTransfer.files];
	const isPolicy = (f) => f.name.toLowerCase().endsWith(".txt");
	const bundles = files.filter((f) => !isPolicy(f));
	const policies = files.filter(isPolicy);
	if (bundles.length > 1 || policies.length > 1) {
		mistake("Drop one bundle and one policy at a time.");
		$("bundle").focus();
		return;
	}
	for (const [id, list] of [["bundle", bundles], ["policy", policies]]) {
		if (list.length === 0) continue;
		const transfer = new DataTransfer();
		transfer.items.add(list[0]);
		$(id).files = transfer.files;
		$(id).dispatchEvent(new Event("change"));
	}
	text("status", "Taken: " + files.map((f) => f.name).join(", ") + ".");
	$("check").focus();
});
