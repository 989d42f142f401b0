/** Finds what compiling needs (python3, make, a C++ compiler, Node's headers), installs it on Debian as root, or names what is missing. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { installPackages } from './apt.mjs';
import { probe } from './run.mjs';
import { Problem } from './say.mjs';

const TOOLS = [
  {
    name: 'python3',
    debian: 'python3',
    find: () =>
      ['python3', '/usr/bin/python3', 'python'].find(
        (name) => probe(name, ['-c', 'import sys; assert sys.version_info >= (3, 8)']) !== null,
      ),
  },
  { name: 'make', debian: 'make', find: () => ['make', 'gmake'].find((name) => probe(name, ['--version']) !== null) },
  {
    name: 'a C++ compiler',
    debian: 'g++',
    find: () => [process.env.CXX, 'g++', 'c++', 'clang++'].find((name) => name && probe(name, ['--version']) !== null),
  },
];

/** `{ python }`, or a Problem naming every missing tool and the command that brings it. */
export async function findTools() {
  let missing = TOOLS.filter((tool) => !tool.find());
  if (missing.length > 0 && (await installPackages(missing.map((tool) => tool.debian)))) missing = TOOLS.filter((tool) => !tool.find());
  if (missing.length === 0) return { python: TOOLS[0].find() };
  throw new Problem(`Compiling SQLite needs ${missing.map((tool) => tool.name).join(', ')}, not found on this machine.`, howTo(missing));
}

function howTo(missing) {
  if (process.platform === 'darwin') return 'Install them with: xcode-select --install';
  if (existsSync('/usr/bin/apt-get')) return `Install them with: sudo apt-get install ${missing.map((tool) => tool.debian).join(' ')}`;
  if (existsSync('/usr/bin/dnf')) return 'Install them with: sudo dnf install python3 make gcc-c++';
  if (existsSync('/sbin/apk')) return 'Install them with: apk add python3 make g++';
  return 'Install them with the package manager of this machine, then run npm start.';
}

/** The folder holding include/node/node.h of exactly this Node's ABI; null where node-gyp has to download the headers. */
export function headersFolder() {
  const candidates = [
    process.env.npm_config_nodedir,
    join(dirname(process.execPath), '..'),
    process.config.variables.node_prefix,
    '/usr',
    '/usr/local',
    join(homedir(), '.cache/node-gyp', process.versions.node),
  ];
  return candidates.find((folder) => folder && abiOf(folder) === process.versions.modules) ?? null;
}

function abiOf(folder) {
  const header = join(folder, 'include/node/node_version.h');
  if (!existsSync(header) || !existsSync(join(folder, 'include/node/node.h'))) return null;
  return /#define NODE_MODULE_VERSION (\d+)/.exec(readFileSync(header, 'utf8'))?.[1] ?? null;
}
