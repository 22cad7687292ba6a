// What every page has: the components that scripts improve, and the two rules
// for a page that is left open. Without scripts the server holds both.
import { createAll, Button, CharacterCount, Checkboxes, ErrorSummary, FileUpload, NotificationBanner, PasswordInput, Radios, SkipLink } from "./govuk-frontend.min.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
createAll(Button, { preventDoubleClick: true });
for (const part of [CharacterCount, Checkboxes, ErrorSummary, FileUpload, NotificationBanner, PasswordInput, Radios, SkipLink]) createAll(part);

// A page that the browser kept from before is asked for anew: who signed out
// or locked must not find it with the Back button.
addEventListener("pageshow", (e) => {
	if (!e.persisted) return;
	document.body.hidden = true;
	location.reload();
});

// After the time that a session may rest, the page goes and the server asks
// who is there. What other scripts send for the person at work counts: they
// dispatch "worked" on document.
const rest = Number(document.body.dataset.rest) * 1000;
if (rest > 0) {
	let until = Date.now() + rest;
	document.addEventListener("worked", () => { until = Date.now() + rest; });
	const look = () => {
		if (Date.now() < until) return;
		document.body.hidden = true;
		location.replace(location.pathname + location.search);
	};
	setInterval(look, 5000);
	document.addEventListener("visibilitychange", look);
}
