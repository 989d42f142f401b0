/** Makes the native modules load: SQLite is fetched prebuilt or compiled here, and what is missing for that is named. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { nodeGyp, npmCache } from './node.mjs';
import { probe, run } from './run.mjs';
import { Problem, working } from './say.mjs';
import { findTools, headersFolder } from './toolchain.mjs';

/** Loaded in a child: a module built for another Node can end the process that tries it. */
const TRIALS = {
  'better-sqlite3': "const D = require('better-sqlite3'); new D(':memory:').close()",
  'sodium-native': "require('sodium-native').crypto_sign_seed_keypair",
  '@napi-rs/keyring': "require('@napi-rs/keyring').Entry",
};

export async function ensureNative(root) {
  if (loads(root, 'better-sqlite3') === null) await makeSqlite(root);
  for (const name of ['sodium-native', '@napi-rs/keyring']) {
    const trouble = loads(root, name);
    if (trouble === null && existsSync(join(root, 'node_modules', name))) {
      throw new Problem(
        `${name} does not load on ${process.platform}-${process.arch}.`,
        'It comes prebuilt; remove node_modules and run npm start again.',
      );
    }
  }
}

function loads(root, name) {
  return probe(process.execPath, [
    '-e',
    `process.chdir(${JSON.stringify(root)}); const require2 = require('node:module').createRequire(${JSON.stringify(join(root, 'agent/package.json'))}); { const require = require2; ${TRIALS[name]} }`,
  ]);
}

async function makeSqlite(root) {
  const home = join(root, 'node_modules/better-sqlite3');
  const kept = keptBuild(home);
  if (takeKept(home, kept) && loads(root, 'better-sqlite3') !== null) return;
  const done = working('preparing SQLite (once; about a minute when it must be compiled)');
  const fetched = await run('sqlite-fetch', process.execPath, [join(root, 'node_modules/prebuild-install/bin.js')], {
    cwd: home,
    timeoutMs: 60_000,
  });
  if (fetched.ok && loads(root, 'better-sqlite3') !== null) return done('✓', 'SQLite ready');
  try {
    await compile(root, home);
  } catch (error) {
    done();
    throw error;
  }
  keep(home, kept);
  done('✓', 'SQLite compiled');
}

async function compile(root, home) {
  const gyp = nodeGyp();
  if (!gyp)
    throw new Problem('npm came without node-gyp, which compiles SQLite.', 'Install npm from https://nodejs.org (or: npm install -g npm).');
  const tools = await findTools();
  const headers = headersFolder();
  const args = [gyp, 'rebuild', '--release', '--jobs=max', `--python=${tools.python}`, ...(headers ? [`--nodedir=${headers}`] : [])];
  const env = { ...process.env };
  if (headers) env.npm_config_nodedir = headers;
  const built = await run('sqlite-compile', process.execPath, args, { cwd: home, env });
  if (built.ok && loads(root, 'better-sqlite3') !== null) return;
  const missing = headers
    ? ''
    : `Node's header files (node.h for ABI ${process.versions.modules}) are neither beside ${process.execPath} nor in /usr/include/node, and could not be downloaded. ` +
      'Use a Node from https://nodejs.org, which brings them, or set npm_config_nodedir to the folder that holds include/node.';
  throw new Problem(
    'SQLite could not be compiled. The last the compiler said:',
    ...built.lines.map((line) => `  ${line}`),
    missing,
    `Full log: ${built.log}`,
  );
}

/** Where a compiled copy waits for the next clone: inside npm's cache, named by version, ABI, machine and C library. */
function keptBuild(home) {
  const version = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')).version;
  process.report.excludeNetwork = true; // else the report looks up names of open connections
  const libc = process.report.getReport().header.glibcVersionRuntime ?? 'libc';
  return join(
    npmCache(),
    '_leanvibe',
    `better-sqlite3-${version}-abi${process.versions.modules}-${process.platform}-${process.arch}-${libc}.node`,
  );
}

function takeKept(home, kept) {
  if (!existsSync(kept)) return false;
  mkdirSync(join(home, 'build/Release'), { recursive: true });
  copyFileSync(kept, join(home, 'build/Release/better_sqlite3.node'));
  return true;
}

function keep(home, kept) {
  try {
    mkdirSync(join(kept, '..'), { recursive: true });
    copyFileSync(join(home, 'build/Release/better_sqlite3.node'), `${kept}.${process.pid}`);
    renameSync(`${kept}.${process.pid}`, kept);
  } catch {
    // only a convenience for the next clone: a cache that cannot be written costs one more compilation
  }
}
