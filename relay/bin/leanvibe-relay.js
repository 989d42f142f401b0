#!/usr/bin/env node
/** The `leanvibe-relay` command: hands its arguments to the compiled program, or says how to make it. */
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = (path) => new URL(path, import.meta.url);

if (statSync(file('../dist/main.js'), { throwIfNoEntry: false }) === undefined) {
  process.stderr.write(`  ✗ The relay is not built yet.\n    try: npm run relay in ${fileURLToPath(file('../..'))}\n`);
  process.exitCode = 1;
} else {
  const program = await import(file('../dist/main.js').href);
  process.exitCode = await program.main(process.argv.slice(2));
}
