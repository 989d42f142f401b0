#!/usr/bin/env node
/** The `leanvibe` command: hands its arguments to the program, bundled or as it was compiled, or says how to make it. */
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

// Before any thread starts: young heaps of 16 MB each, kept once they grew, would cost an idle agent a fifth of its memory.
setFlagsFromString('--max-semi-space-size=4');

const file = (path) => new URL(path, import.meta.url);
const changedMs = (path) => statSync(file(path), { throwIfNoEntry: false })?.mtimeMs ?? 0;

const compiled = '../dist/main.js';
const bundled = '../dist/run/main.js';
/** Written whenever something was compiled. */
const records = [
  '../dist/.tsbuildinfo',
  '../../core/dist/.tsbuildinfo',
  '../../core/dist/.node.tsbuildinfo',
  '../../protocol/dist/.tsbuildinfo',
];

const main = changedMs(bundled) > Math.max(...records.map(changedMs)) ? bundled : compiled;
if (changedMs(main) > 0) {
  const program = await import(file(main).href);
  process.exitCode = await program.main(process.argv.slice(2));
} else {
  process.stderr.write(`  ✗ LeanVibe is not built yet.\n    Run npm start in ${fileURLToPath(file('../..'))}\n`);
  process.exitCode = 1;
}
