// What a device holds of court: packets, sealed entries, and what became of
// entries that were wiped unsent. No word of an entry, and no key that opens
// one, is ever kept here. The format is in docs/FORMAT.md.

export const day = 24 * 60 * 60 * 1000;
const name = "court";
const done = (r) => new Promise((ok, no) => { r.onsuccess = () => ok(r.result); r.onerror = () => no(r.error); });

let opened;
const open = () => opened ??= new Promise((ok, no) => {
	const r = indexedDB.open(name, 1);
	r.onupgradeneeded = () => {
		r.result.createObjectStore("packets", { keyPath: "packet" });
		r.result.createObjectStore("entries", { keyPath: "entry" });
		r.result.createObjectStore("lost", { keyPath: "entry" });
	};
	r.onsuccess = () => {
		// Signing out in another tab, or wiping, takes it all away.
		r.result.onversionchange = () => { r.result.close(); opened = undefined; };
		r.result.onclose = () => { opened = undefined; };
		ok(r.result);
	};
	r.onerror = () => { opened = undefined; no(r.error); };
});

const write = async (store, what) => {
	const t = (await open()).transaction(store, "readwrite", { durability: "strict" });
	what(t.objectStore(store));
	await new Promise((ok, no) => { t.oncomplete = ok; t.onabort = t.onerror = () => no(t.error); });
};
export const all = async (store) => done((await open()).transaction(store).objectStore(store).getAll());
export const put = (store, value) => write(store, (s) => s.put(value));
export const drop = (store, key) => write(store, (s) => s.delete(key));

// exists tells whether there is anything, without making it.
export const exists = async () => !indexedDB.databases || (await indexedDB.databases()).some((d) => d.name === name);

export const wipe = async () => {
	(await opened)?.close();
	opened = undefined;
	const r = indexedDB.deleteDatabase(name);
	await done(r);
};

const utf8 = (s) => new TextEncoder().encode(s);
const hex = (b) => [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
const unhex = (s) => Uint8Array.from(s.match(/../g), (x) => parseInt(x, 16));
const join = (...list) => {
	const b = new Uint8Array(list.reduce((n, x) => n + x.length, 0));
	let at = 0;
	for (const x of list) { b.set(x, at); at += x.length; }
	return b;
};

// base64 for an address or a form: no character of it is escaped.
export const base64 = (b) => {
	let s = "";
	for (let i = 0; i < b.length; i += 0x8000) s += String.fromCharCode(...b.subarray(i, i + 0x8000));
	return btoa(s).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

// ulid is a fresh id: 48 bits of this device's time, 80 random.
export const ulid = (now) => {
	const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	let s = "";
	for (let i = 0, t = now; i < 10; i++, t = Math.floor(t / 32)) s = digits[t % 32] + s;
	for (const x of crypto.getRandomValues(new Uint8Array(16))) s += digits[x % 32];
	return s;
};

// Max is the longest text that can be sealed, in bytes.
export const max = 2 << 20;

// seal seals a text to a packet's key. The key that it makes for that is
// forgotten: nothing on this device opens what comes back.
export const seal = async (packet, entry, written, text) => {
	const plain = utf8(text);
	if (plain.length > max) throw new RangeError("too long");
	const curve = { name: "ECDH", namedCurve: "P-256" };
	const to = unhex(packet.key);
	const own = await crypto.subtle.generateKey(curve, false, ["deriveBits"]);
	const key = new Uint8Array(await crypto.subtle.exportKey("raw", own.publicKey));
	const head = utf8(`caseledger/court/v1\npacket ${packet.packet}\nentry ${entry}\nwritten ${new Date(written).toISOString()}\nkey ${hex(key)}\n`);
	const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: await crypto.subtle.importKey("raw", to, curve, false, []) }, own.privateKey, 256);
	const base = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
	const aes = await crypto.subtle.deriveKey(
		{ name: "HKDF", hash: "SHA-256", salt: join(key, to), info: utf8(`caseledger/court/v1\n${packet.packet}\n${entry}`) },
		base, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
	const padded = new Uint8Array(Math.ceil((4 + plain.length) / 4096) * 4096);
	new DataView(padded.buffer).setUint32(0, plain.length);
	padded.set(plain, 4);
	const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: new Uint8Array(12), additionalData: head }, aes, padded));
	return join(head, sealed);
};
