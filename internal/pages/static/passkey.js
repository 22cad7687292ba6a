// Passkeys. The button is in the page, hidden, and shown where the browser can
// ask for one: with scripts, and at the address that passkeys are bound to. What
// the authenticator answers goes to the server as a form, which says whether it
// is right.
for (const form of document.querySelectorAll("form[data-passkey]")) {
	const { passkey: origin, options } = form.dataset;
	const known = options === undefined ? "parseRequestOptionsFromJSON" : "parseCreationOptionsFromJSON";
	if (location.origin !== origin || !window.PublicKeyCredential?.[known]) continue;

	const note = form.querySelector(".passkey__say");
	const button = form.querySelector("button");
	const say = (text) => {
		note.textContent = text;
		note.hidden = text === "";
	};
	say("");
	form.hidden = button.hidden = false;

	form.addEventListener("submit", async (e) => {
		e.preventDefault();
		say("");
		button.disabled = true;
		try {
			let credential;
			if (options === undefined) {
				const response = await fetch("/sign-in/passkey/challenge", { method: "POST" });
				if (!response.ok) throw new Error();
				const asked = await response.json();
				if (asked.text) {
					say(asked.text);
					return;
				}
				credential = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked.options) });
			} else {
				credential = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(options)) });
			}
			form.elements.answer.value = JSON.stringify(credential);
			form.submit();
		} catch (problem) {
			// Browsers do not say whether somebody pressed Cancel or has no passkey.
			say({
				NotAllowedError: "Nothing happened: it was cancelled, it took too long, or there is no passkey for this service here.",
				InvalidStateError: "This device has a passkey for your account already.",
			}[problem.name] ?? "The browser could not ask for a passkey. Try again.");
		} finally {
			button.disabled = false;
		}
	});
}

// What leads to pages that make a passkey, where one can be made.
if (window.PublicKeyCredential?.parseCreationOptionsFromJSON) {
	for (const e of document.querySelectorAll("[data-passkey-make]")) e.hidden = location.origin !== e.dataset.passkeyMake;
}
