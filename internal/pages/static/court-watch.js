// On every page of somebody who is signed in: entries from court that are on
// this device and not sent. Signing out wipes them, so it asks once.
import { all, exists } from "./court-store.js";

const note = document.getElementById("court-waits");
const out = document.querySelector('form[action="/sign-out"]');
if (note && crypto.subtle && "indexedDB" in window) {
	let told = false;
	const waiting = async () => await exists() ? (await all("entries")).length : 0;
	const look = async () => {
		const n = await waiting();
		note.querySelector("b").textContent = n === 1 ? "1 entry from court is on this device, not yet recorded." : n + " entries from court are on this device, not yet recorded.";
		note.hidden = n === 0;
		return n;
	};
	look();
	document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
	out?.addEventListener("submit", (e) => {
		if (told) return;
		e.preventDefault();
		look().catch(() => 0).then((n) => {
			told = true;
			if (n === 0) return out.requestSubmit();
			note.querySelector("span").textContent = "Signing out wipes what was not sent. Send it first, or press Sign out again.";
			note.scrollIntoView();
			note.querySelector("a").focus();
		});
	});
}
