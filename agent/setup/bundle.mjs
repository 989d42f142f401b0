/**
 * The compiled program in few files: Node takes a millisecond to find and load a module, and there are twelve hundred of them.
 * What is compiled stays beside it and runs as well; bin/leanvibe.js takes whichever is newer.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

/** Native modules, and pino, which starts threads from its own files. */
const OUTSIDE = [/^node:/, 'better-sqlite3', 'sodium-native', '@napi-rs/keyring', 'pino'];

/** Throws what the bundler threw. */
export async function bundle(root) {
  const dist = join(root, 'agent/dist');
  const entry = (path) => join(dist, path);
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
  rmSync(join(dist, 'run'), { recursive: true, force: true });
  await build.write({ dir: join(dist, 'run'), format: 'esm', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' });
  await build.close();
}
