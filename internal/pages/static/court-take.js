// Takes a case to court: asks the service for a packet and keeps it on this
// device, for the page that opens without signal.
import { put } from "./court-store.js";

const page = document.getElementById("take-page");
const said = document.getElementById("take-said");
if (page && crypto.subtle && "indexedDB" in window && "serviceWorker" in navigator) {
	document.getElementById("take-needs").hidden = true;
	page.replaceWith(page.content.cloneNode(true));
	const form = document.getElementById("take");
	form.addEventListener("submit", async (e) => {
		e.preventDefault();
		said.textContent = "";
		try {
			const r = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "error" });
			if (!r.ok || !r.headers.get("Content-Type")?.startsWith("application/json")) throw new Error();
			await put("packets", await r.json());
		} catch {
			said.textContent = "Nothing was taken. Reload this page and try again; if it happens again, write on paper at court.";
			return;
		}
		location.assign("/court");
	});
}
