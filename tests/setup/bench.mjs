/** `npm run bench`: prepares the clone, installs the peers it compares with in their own folder, builds, and runs the benchmarks. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compile } from '../../agent/setup/build.mjs';
import { npmEnvironment } from '../../agent/setup/modules.mjs';
import { npmCli } from '../../agent/setup/node.mjs';
import { prepare, root } from '../../agent/setup/prepare.mjs';
import { run } from '../../agent/setup/run.mjs';
import { Problem, working } from '../../agent/setup/say.mjs';
import { ensurePackages } from './packages.mjs';

const peers = join(root, 'tests/bench/peers');

async function installPeers() {
  const lock = join(peers, 'package-lock.json');
  const stamp = join(peers, 'node_modules/.leanvibe-peers');
  const want = createHash('sha256').update(readFileSync(lock)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === want) return;
  const done = working('installing the peers to compare with');
  const result = await run('bench-peers', process.execPath, [npmCli(), 'ci', '--ignore-scripts', '--loglevel=error', '--no-progress'], {
    cwd: peers,
    env: npmEnvironment(),
  });
  if (result.ok) done('✓', 'peers installed');
  else done();
  if (!result.ok)
    throw new Problem('npm ci failed. The last it said:', ...result.lines.map((line) => `  ${line}`), `Full log: ${result.log}`);
  writeFileSync(stamp, want);
}

async function build() {
  const result = await compile(root, []);
  if (!result.ok)
    throw new Problem('The TypeScript sources do not compile:', ...result.lines.map((line) => `  ${line}`), `Full log: ${result.log}`);
}

const ready = await prepare(async () => {
  await ensurePackages();
  await installPeers();
  await build();
});
const main = join(root, 'tests/dist/bench/main.js');
if (!ready) process.exitCode = 1;
else {
  process.env.LEANVIBE_BENCH_PEERS = peers;
  process.argv = [process.execPath, main, ...process.argv.slice(2)];
  await import(pathToFileURL(main).href);
}
