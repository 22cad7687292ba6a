// Runs in a worker, behind Go's wasm_exec.js: checks one bundle and ends.
const reader = new FileReaderSync();

// read puts length bytes of a file, from at, into an array and returns how
// many there were.
globalThis.read = (file, at, length, into) => {
	const got = new Uint8Array(reader.readAsArrayBuffer(file.slice(at, at + length)));
	into.set(got);
	return got.length;
};

onmessage = async ({ data }) => {
	try {
		const packed = Uint8Array.from(atob(data.program), (c) => c.charCodeAt(0));
		const program = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
		globalThis.job = { bundle: data.bundle, policy: data.policy, progress: (at) => postMessage({ at }) };
		const go = new Go();
		const { instance } = await WebAssembly.instantiate(program, go.importObject);
		let code = 0;
		go.exit = (c) => { code = c; };
		await go.run(instance);
		if (code !== 0 || job.verdict === undefined) throw new Error("the program ended with " + code);
		postMessage({ verdict: JSON.parse(job.verdict), text: job.text });
	} catch (error) {
		postMessage({ failed: String(error) });
	}
};
