/** The report for asking others for help: versions, checks, counts and the log, without names, paths, addresses or content. */
import { homedir, hostname, release, totalmem, userInfo } from 'node:os';
import { tailLog } from '../../log/tail.js';
import type { CheckView, StatusView } from '../../control/views.js';
import { VERSION } from '../../daemon/version.js';
import { loadConfig } from '../../config/load.js';
import type { Call } from './spec.js';

const LOG_LINES = 500;

export async function reportOf(call: Call, checks: readonly CheckView[], running: boolean): Promise<object> {
  const status = running ? await call.agent.ask('status', {}) : null;
  const config = await loadConfig(call.paths.config, { env: call.cli.env });
  const hide = redactor([call.paths.home, homedir(), hostname(), userInfo().username], status);
  return {
    report: 'leanvibe',
    at: new Date(call.cli.nowMs()).toISOString(),
    version: VERSION,
    node: process.versions.node,
    system: { platform: process.platform, arch: process.arch, release: release(), memoryBytes: totalmem() },
    checks: checks.map((one) => ({ ...one, detail: hide(one.detail), fix: hide(one.fix) })),
    settings: config.ok
      ? { sources: config.value.sources, values: { ...config.value.settings, listen: config.value.settings.listen.length } }
      : null,
    status: status === null ? null : counts(status),
    log: (await tailLog(call.paths.log, LOG_LINES)).map(hide),
  };
}

function counts(status: StatusView): object {
  const { uptimeSeconds, projects, peers, refusals, storage, inStep, standing, discovery, loop, memory, alarms } = status;
  return {
    uptimeSeconds,
    refusals,
    storage,
    inStep,
    standing,
    discovery,
    loop,
    memory,
    alarms: alarms.map(({ alarm, at }) => ({ alarm, at })),
    projects: projects.map(({ files, lines, bytes, tasks, suggestions, watching }) => ({
      files,
      lines,
      bytes,
      tasks,
      suggestions,
      watching,
    })),
    peers: peers.map(({ state, via, pending, pendingIn, lastSeen }) => ({ state, via, pending, pendingIn, lastSeen })),
  };
}

const EMAIL = /[^\s@'"(),:;<>]+@[^\s@'"(),:;<>]+/g;
const ORIGIN = /\b(?:https?|wss?):\/\/[^\s'",;)]+/gi;
const ADDRESS = /\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){3,7}\b/gi;
const KEY = /\b[0-9a-f]{24,}\b/gi;
const PATH = /(?:\/[^\s/:'",)]+){2,}\/?/g;

type Named = Pick<StatusView, 'name' | 'peers' | 'projects' | 'relays' | 'spaces' | 'person' | 'requests' | 'spaceJoins'>;

/** What people, devices, projects, spaces and relays are called. */
function namesOf({ name, person, peers, projects, relays, requests, spaceJoins, spaces }: Named): readonly string[] {
  return [
    name,
    person.name,
    ...peers.map((one) => one.name),
    ...projects.flatMap((one) => [one.path ?? '', one.name]),
    ...spaces.map((one) => one.name),
    ...requests.flatMap((one) => [one.personName, one.deviceName, one.spaceName]),
    ...spaceJoins.flatMap((one) => [one.hostName, one.spaceName]),
    ...relays.flatMap(({ account, device, email, mailboxes, origin }) => [
      email,
      account,
      device,
      origin,
      new URL(origin).host,
      new URL(origin).hostname,
      ...mailboxes.map((one) => one.spaceName),
    ]),
  ];
}

/** Takes out every name this machine, its user and what they have go by, every path, address and key. */
export function redactor(own: readonly string[], status: Named | null): (text: string) => string {
  const names = [...own, ...(status === null ? [] : namesOf(status))];
  const known = [...new Set(names)].filter((name) => name.length > 2).toSorted((a, b) => b.length - a.length);
  return (text) =>
    known
      .reduce((rest, name) => rest.replaceAll(name, '…'), text)
      .replace(ORIGIN, '…')
      .replace(EMAIL, '…')
      .replace(PATH, '…')
      .replace(ADDRESS, '…')
      .replace(KEY, '…');
}
