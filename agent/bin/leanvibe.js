#!/usr/bin/env node
/** The `leanvibe` command: hands its arguments to the compiled program, or says how to compile it. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

// Before any thread starts: young heaps of 16 MB each, kept once they grew, would cost an idle agent a fifth of its memory.
setFlagsFromString('--max-semi-space-size=4');

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(fileURLToPath(main))) {
  const program = await import(main.href);
  process.exitCode = await program.main(process.argv.slice(2));
} else {
  process.stderr.write(`  ✗ LeanVibe is not built yet.\n    Run npm start in ${fileURLToPath(new URL('../..', import.meta.url))}\n`);
  process.exitCode = 1;
}
