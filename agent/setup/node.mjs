/** Which Node runs this, and where its npm and node-gyp are. */
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, realpathSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Problem, say } from './say.mjs';

const NEEDED = [20, 19];

export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) return;
  throw new Problem(
    `LeanVibe needs Node ${NEEDED.join('.')} or newer; this is Node ${process.versions.node} (${process.execPath}).`,
    'Install a newer one from https://nodejs.org, or with: nvm install 22',
  );
}

/** npm's own program file: the npm that started us, or the one installed beside this Node. */
export function npmCli() {
  const beside = dirname(realpathSync(process.execPath));
  const candidates = [
    process.env.npm_execpath,
    join(beside, '../lib/node_modules/npm/bin/npm-cli.js'),
    join(beside, 'node_modules/npm/bin/npm-cli.js'),
    '/usr/lib/node_modules/npm/bin/npm-cli.js',
    '/usr/share/nodejs/npm/bin/npm-cli.js',
  ];
  const found = candidates.find((path) => path?.endsWith('npm-cli.js') && existsSync(path));
  if (found) return found;
  throw new Problem('npm was not found beside this Node.', `Looked near ${process.execPath}. Install npm, then run npm start.`);
}

/** node-gyp comes inside npm; null where a distribution has taken it out. */
export function nodeGyp() {
  const found = [
    join(dirname(npmCli()), '../node_modules/node-gyp/bin/node-gyp.js'),
    '/usr/share/nodejs/node-gyp/bin/node-gyp.js',
    '/usr/share/node_modules/node-gyp/bin/node-gyp.js',
  ].find((path) => existsSync(path));
  return found ?? null;
}

let cache = null;

/** npm's cache folder: the usual one, or a temporary one where the usual one cannot be written. */
export function npmCache() {
  if (cache !== null) return cache;
  const usual = process.env.npm_config_cache ?? join(homedir() || tmpdir(), '.npm');
  cache = usual;
  try {
    mkdirSync(usual, { recursive: true });
    accessSync(usual, constants.W_OK);
  } catch {
    cache = mkdtempSync(join(tmpdir(), 'leanvibe-npm-cache-')); // a fixed name could be prepared by another user of this machine
    say('!', `npm's cache ${usual} cannot be written; using ${cache}`);
  }
  return cache;
}
