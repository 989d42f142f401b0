/** The system programs tests use: installed where we are root on Debian, else named; a group is left out only when asked for aloud. */
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { canInstall, installPackages } from '../../agent/setup/apt.mjs';
import { Problem } from '../../agent/setup/say.mjs';

const GROUPS = [
  { name: 'git', why: 'the indexer is compared with git', programs: { git: 'git' } },
  { name: 'cloc', why: 'language counts are compared with cloc', programs: { cloc: 'cloc' } },
  {
    name: 'lan',
    why: 'two machines on one network are played by network namespaces',
    programs: { ip: 'iproute2', 'avahi-daemon': 'avahi-daemon', 'avahi-browse': 'avahi-utils', 'dbus-daemon': 'dbus', tcpdump: 'tcpdump' },
    root: true,
  },
  { name: 'postgres', why: 'the relay is tested on a real PostgreSQL', programs: { initdb: 'postgresql', postgres: 'postgresql' } },
  { name: 'redis', why: 'the relay is tested with a real Redis', programs: { 'redis-server': 'redis-server' } },
  {
    name: 'deploy',
    why: "the relay's deployment is checked by the programs it is for",
    programs: {
      nginx: 'nginx',
      promtool: 'prometheus',
      amtool: 'prometheus-alertmanager',
      kubectl: 'kubernetes-client',
      openssl: 'openssl',
    },
  },
];

/** Names of the groups left out by `LEANVIBE_WITHOUT=lan,cloc`; throws a Problem when something else is missing. */
export async function ensurePackages() {
  const without = (process.env.LEANVIBE_WITHOUT ?? '').split(',').filter(Boolean);
  const unknown = without.filter((name) => !GROUPS.some((group) => group.name === name));
  if (unknown.length > 0)
    throw new Problem(
      `LEANVIBE_WITHOUT names no group of tests: ${unknown.join(', ')}`,
      `Groups: ${GROUPS.map((group) => group.name).join(', ')}`,
    );
  const wanted = GROUPS.filter((group) => !without.includes(group.name));
  const lacking = () =>
    wanted.flatMap((group) =>
      Object.entries(group.programs)
        .filter(([program]) => !onPath(program))
        .map(([program, debian]) => ({ group, program, debian })),
    );
  if (lacking().length > 0) await installPackages([...new Set(lacking().map((item) => item.debian))]);
  const missing = lacking();
  if (missing.length > 0)
    throw new Problem(
      'Tests need programs this machine lacks:',
      missing.map(({ group, program, debian }) => `${program} (Debian: ${debian}): ${group.why}`),
      advice(missing),
    );
  const needRoot = wanted.filter((group) => group.root && process.getuid?.() !== 0);
  if (needRoot.length > 0)
    throw new Problem(
      'Some tests make network namespaces, which needs root.',
      `Run as root, or leave them out and say so: LEANVIBE_WITHOUT=${needRoot.map((group) => group.name).join(',')} npm test`,
    );
  return without;
}

function advice(missing) {
  const groups = [...new Set(missing.map((item) => item.group.name))].join(',');
  const install = canInstall() ? '' : `Install: sudo apt-get install ${[...new Set(missing.map((item) => item.debian))].join(' ')}. `;
  return `${install}Or leave them out, which the summary will say: LEANVIBE_WITHOUT=${groups} npm test`;
}

/** Debian keeps PostgreSQL's server programs off the PATH, version by version. */
function postgresFolders() {
  const root = '/usr/lib/postgresql';
  return existsSync(root) ? readdirSync(root).map((version) => join(root, version, 'bin')) : [];
}

function onPath(program) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', ...postgresFolders()];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
