// Typesets one document and ends. Standard input is a line of JSON that says
// how long what follows is: the template, the program, what is to be attached.
// Standard output is the PDF. What goes wrong is one line of JSON on standard
// error: the stage, and places in the template, but never a message, because
// messages of the compiler hold words of the document.
import { readdirSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';

function fail(stage, at = []) {
  writeSync(2, JSON.stringify({ stage, at }) + '\n');
  process.exit(1);
}

function input() {
  const chunks = [];
  for (;;) {
    const chunk = Buffer.allocUnsafe(1 << 20);
    let n;
    try {
      n = readSync(0, chunk, 0, chunk.length, null);
    } catch (e) {
      if (e.code === 'EAGAIN') continue;
      if (e.code === 'EOF') break;
      throw e;
    }
    if (n === 0) break;
    chunks.push(chunk.subarray(0, n));
  }
  const all = Buffer.concat(chunks);
  const line = all.indexOf(10);
  const { template, program, attached } = JSON.parse(all.subarray(0, line).toString('utf8'));
  const from = line + 1;
  return {
    template: all.subarray(from, from + template).toString('utf8'),
    program: all.subarray(from + template, from + template + program),
    attached: all.subarray(from + template + program, from + template + program + attached),
  };
}

function output(bytes) {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at, bytes.length - at);
    } catch (e) {
      if (e.code !== 'EAGAIN') throw e;
    }
  }
}

let stage = 'engine';
try {
  const { NodeCompiler } = await import('@myriaddreamin/typst-ts-node-compiler');
  stage = 'input';
  const { template, program, attached } = input();
  stage = 'fonts';
  const fonts = join(import.meta.dirname, 'node_modules', '@expo-google-fonts');
  const fontPaths = [];
  for (const family of readdirSync(fonts).sort()) {
    fontPaths.push(join(fonts, family, '400Regular'));
    if (family === 'noto-sans') fontPaths.push(join(fonts, family, '700Bold'));
  }
  const compiler = NodeCompiler.create({ workspace: process.cwd(), fontArgs: [{ fontPaths }] });
  stage = 'input';
  const file = (name) => join(process.cwd(), name);
  compiler.mapShadow(file('program.json'), program);
  if (attached.length > 0) compiler.mapShadow(file('contact-sheets.json'), attached);
  stage = 'compile';
  const result = compiler.compile({ mainFileContent: template });
  if (result.hasError()) {
    fail('compile', compiler.fetchDiagnostics(result.takeError()).map((d) => d.range?.start?.line ?? -1));
  }
  stage = 'export';
  output(compiler.pdf(result.result, { pdfStandard: 'a-3a', pdfTags: true }));
} catch {
  fail(stage);
}
process.exit(0);
