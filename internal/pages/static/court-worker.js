// Keeps the page for court where it can be opened without signal: itself, its
// style sheet, typeface and scripts, which are the same for everybody. No other
// page is ever in its reach, and nothing with a word of a case is ever kept.
const shell = [/* what the service says */];
const kept = "court " + shell.join(" ");

addEventListener("install", (e) => e.waitUntil((async () => {
	const cache = await caches.open(kept);
	// Asked for as nobody, so that it is nobody's page.
	await cache.addAll(shell.map((path) => new Request(path, { credentials: "omit", cache: "no-cache" })));
	await skipWaiting();
})()));

addEventListener("activate", (e) => e.waitUntil((async () => {
	for (const name of await caches.keys()) if (name.startsWith("court ") && name !== kept) await caches.delete(name);
	await clients.claim();
})()));

addEventListener("fetch", (e) => {
	const to = new URL(e.request.url);
	if (e.request.method !== "GET" || to.origin !== location.origin || to.search || !shell.includes(to.pathname)) return;
	e.respondWith((async () => await (await caches.open(kept)).match(to.pathname) ?? fetch(e.request))());
});
