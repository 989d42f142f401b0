/**
 * A program: puts the compiled agent into few files. Node takes a millisecond to find and load a module, and there are twelve hundred of them.
 * What was compiled stays beside them and runs as well; bin/leanvibe.js takes whichever is newer.
 */
import { renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

/** Native modules, and pino, which starts threads from its own files. */
const OUTSIDE = [/^node:/, 'better-sqlite3', 'sodium-native', '@napi-rs/keyring', 'pino'];

const dist = join(dirname(fileURLToPath(import.meta.url)), '../dist');
const entry = (path) => join(dist, path);
const [now, next, past] = ['run', 'run.next', 'run.past'].map(entry);
const remove = (folder) => rmSync(folder, { recursive: true, force: true });

const build = await rolldown({
  input: {
    main: entry('main.js'),
    'docworker-worker': entry('docworker/worker.js'),
    'index-worker': entry('index/worker.js'),
    'store-worker': entry('store/worker.js'),
  },
  platform: 'node',
  external: OUTSIDE,
  logLevel: 'silent',
});
remove(next);
await build.write({ dir: next, format: 'esm', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' });
await build.close();
// Whole or not at all: whoever starts between the two renames takes what was compiled.
remove(past);
try {
  renameSync(now, past);
} catch (error) {
  if (error.code !== 'ENOENT') throw error;
}
renameSync(next, now);
remove(past);
