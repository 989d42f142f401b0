/** Keeps node_modules equal to package-lock.json, and does nothing when it already is. */
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureNative } from './native.mjs';
import { npmCache, npmCli } from './node.mjs';
import { run } from './run.mjs';
import { Problem, working } from './say.mjs';

const STAMP = 'node_modules/.leanvibe-setup.json';

/** What the installed tree depends on: the lockfile, the ABI of this Node, and the machine. */
export function fingerprint(root) {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const hash = createHash('sha256').update(lock).digest('hex');
  return { lock: hash, abi: process.versions.modules, machine: `${process.platform}-${process.arch}` };
}

export async function ensureModules(root) {
  const want = fingerprint(root);
  const have = readJson(join(root, STAMP));
  if (have && have.lock === want.lock && have.abi === want.abi && have.machine === want.machine) return;
  if (!have || have.lock !== want.lock) {
    if (!matchesLock(root)) await install(root);
  }
  await ensureNative(root);
  writeFileSync(join(root, STAMP), `${JSON.stringify(want)}\n`);
}

function readJson(path) {
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null; // a half-written stamp means "do it again"
  }
}

/** True when npm's own record of the installed tree lists every package of the lockfile at the locked version. */
function matchesLock(root) {
  const installed = readJson(join(root, 'node_modules/.package-lock.json'))?.packages;
  const locked = readJson(join(root, 'package-lock.json'))?.packages;
  if (!installed || !locked) return false;
  return Object.entries(locked).every(([path, entry]) => {
    if (!path.startsWith('node_modules/') || entry.link) return true;
    const here = installed[path];
    if (!here) return entry.optional === true || entry.devOptional === true || entry.peer === true;
    return here.version === entry.version && here.integrity === entry.integrity;
  });
}

async function install(root) {
  checkWritable(root);
  const done = working('installing packages (once; a minute or two)');
  // Scripts stay off: the one package that must be compiled is built by native.mjs, which can say what is missing.
  const args = [npmCli(), 'ci', '--include=dev', '--include=optional', '--ignore-scripts', '--loglevel=error', '--no-progress'];
  const result = await run('npm-ci', process.execPath, args, { cwd: root, env: npmEnvironment() });
  if (result.ok) return done('✓', 'packages installed');
  done();
  throw new Problem(
    'Packages could not be installed. The last npm ci said:',
    ...result.lines.map((line) => `  ${line}`),
    hint(result.lines.join('\n')),
    `Full log: ${result.log}`,
  );
}

/** npm hands its own settings to scripts; those about where to install (`npm --prefix clone start` sets them) would send a nested npm elsewhere. */
export function npmEnvironment() {
  const drop =
    /^npm_(config_(globalconfig|prefix|local_prefix|global|global_prefix|workspace|workspaces|omit|include|dry_run|ignore_scripts)$|package_|lifecycle_)/;
  const kept = Object.entries(process.env).filter(([name]) => !drop.test(name) && name !== 'NODE_ENV' && name !== 'INIT_CWD');
  return { ...Object.fromEntries(kept), npm_config_cache: npmCache() };
}

function checkWritable(root) {
  try {
    accessSync(root, constants.W_OK);
  } catch {
    throw new Problem(
      `This folder is not writable: ${root}`,
      'Packages are installed into it. Change its owner, or clone it somewhere you own.',
    );
  }
}

function hint(text) {
  if (/EACCES|EROFS|EPERM/.test(text))
    return 'npm could not write. If it names its cache, choose another: npm_config_cache=/tmp/npm-cache npm start';
  if (/ENOSPC/.test(text)) return 'The disk is full: free about 400 MB and try again.';
  if (/CERT/.test(text))
    return "The registry's certificate is not trusted here. Behind a company proxy: NODE_EXTRA_CA_CERTS=/path/to/ca.crt npm start";
  if (/ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ECONNRESET|network/.test(text))
    return 'The package registry did not answer. The first start needs a network; later ones do not.';
  if (/EUSAGE|in sync/.test(text)) return 'package.json and package-lock.json disagree: run npm install, or restore both from git.';
  return '';
}
