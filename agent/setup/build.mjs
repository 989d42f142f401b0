/** Compiles TypeScript when a source changed since the last build, and does nothing otherwise. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.mjs';
import { Problem, say, working } from './say.mjs';

export const PACKAGES = ['protocol', 'core', 'agent', 'relay'];

/** Builds what the agent runs on. `always` lets the compiler itself decide what is stale, and includes the tests. */
export async function ensureBuilt(root) {
  const stamp = join(root, 'node_modules/.leanvibe-build');
  const want = sourcesHash(root);
  const fresh =
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === want &&
    ['agent', 'relay'].every((name) => existsSync(join(root, name, 'dist/main.js')));
  if (fresh) return;
  const done = working('compiling');
  const result = await compile(root, ['agent', 'relay']);
  if (!result.ok) {
    done();
    throw new Problem('The TypeScript sources do not compile:', ...result.lines.map((line) => `  ${line}`), `Full log: ${result.log}`);
  }
  const bundled = await bundle(root);
  writeFileSync(stamp, want);
  done('✓', 'compiled');
  // It runs all the same.
  if (!bundled.ok) say('!', `commands start slower than they could: the program could not be bundled. Full log: ${bundled.log}`);
}

/** A program of its own: what the bundler loads would stay in the agent this process becomes. */
function bundle(root) {
  return run('bundle', process.execPath, [join(root, 'agent/setup/bundle.mjs')], { cwd: root });
}

export async function compile(root, projects) {
  for (const name of PACKAGES) dropOrphans(join(root, name, 'src'), join(root, name, 'dist'));
  return run('compile', process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', ...projects], { cwd: root });
}

function sourcesHash(root) {
  const hash = createHash('sha256').update(process.versions.node);
  for (const name of ['package-lock.json', 'tsconfig.base.json']) hash.update(describe(join(root, name)));
  for (const name of PACKAGES) {
    for (const file of [join(root, name, 'package.json'), join(root, name, 'tsconfig.json')]) hash.update(describe(file));
    for (const file of filesUnder(join(root, name, 'src'))) hash.update(describe(file));
  }
  return hash.digest('hex');
}

function describe(path) {
  const { size, mtimeMs } = statSync(path);
  return `${path}\n${size}\n${mtimeMs}\n`;
}

function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Removes outputs whose source is gone: a deleted module must not live on in dist. */
export function dropOrphans(src, dist) {
  for (const file of filesUnder(dist)) {
    // The bundle has no sources of its own.
    if (!file.endsWith('.js') || file.startsWith(join(dist, 'run'))) continue;
    const base = file.slice(dist.length, -3);
    if (existsSync(`${src}${base}.ts`)) continue;
    for (const ending of ['.js', '.js.map', '.d.ts', '.d.ts.map']) rmSync(`${dist}${base}${ending}`, { force: true });
  }
}
