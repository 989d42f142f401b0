/** `leanvibe status`: on one screen whether work is saved, who has it, and what needs the person. */
import type { TokenView } from '../../control/leaf-views.js';
import type { RelayRow } from '../../control/relay-views.js';
import type { PeerStatus, StatusView } from '../../control/views.js';
import { heldWords, holdsAll } from '../../relay/holds.js';
import { mailboxTrouble } from '../../relay/why.js';
import { projectTable } from '../base/project-table.js';
import type { Cli } from '../base/cli.js';
import type { CommandSpec } from '../base/spec.js';
import { joinWords } from '../base/space-join.js';
import { debtLines } from '../base/team-lines.js';
import { withSelf } from '../base/self.js';
import { requestWords } from './invite.js';
import { safe } from '../term/safe.js';
import { table } from '../term/table.js';
import { cutEnd } from '../term/width.js';
import { ago, count, lasted, number, size } from '../term/words.js';

export const status: CommandSpec = {
  words: ['status'],
  summary: 'what runs, what is saved, and who has it',
  json: true,
  robots: true,
  async run({ cli, agent, json }) {
    const view = await agent.ask('status', {});
    if (json) cli.json(view);
    else if (view.token !== null) cli.lines(robotLines(view, view.token, cli));
    else cli.lines(statusLines(view, cli));
  },
};

const PEERS_SHOWN = 8;

export function statusLines(
  view: StatusView,
  cli: Pick<Cli, 'style' | 'columns' | 'self' | 'rows'> & { nowMs(): number },
): readonly string[] {
  const { style } = cli;
  const here = `${style.done} ${cutEnd(safe(view.name), 40)} · running ${lasted(view.uptimeSeconds)} · port ${view.port} · ${size(view.storage.bytes)}`;
  const lines = [`  ${here}`, `  ${syncLine(view, cli)}`, ...relayLines(view, cli), ...needs(view, cli)];
  const projects =
    view.projects.length === 0
      ? [`  no projects; add one with: ${cli.self} add <folder>`]
      : projectTable(view.projects, cli.columns, cli.nowMs(), false);
  lines.push('', ...projects);
  if (view.peers.length === 0) return lines;
  // Twenty projects and the lines above fill a small screen: devices then have a command of their own.
  const room = Math.max(cli.rows, 24) - lines.length - 4;
  if (room < Math.min(view.peers.length, PEERS_SHOWN)) return lines;
  return [...lines, '', ...peerTable(view.peers.slice(0, PEERS_SHOWN), cli)];
}

/** What a robot is told of itself. */
function robotLines({ projects }: StatusView, token: TokenView, cli: Cli): readonly string[] {
  const left = lasted((Date.parse(token.expiresAt) - cli.nowMs()) / 1000 + 1);
  const here = `  ${cli.style.done} ${safe(token.name)} (robot) may ${token.role === 'editor' ? 'read and write' : 'read'} for ${left}`;
  return [here, '', ...(projects.length === 0 ? ['  it sees no project'] : projectTable(projects, cli.columns, cli.nowMs(), false))];
}

function syncLine({ peers, inStep, standing, projects, relays, spaces }: StatusView, { style, self }: Pick<Cli, 'style' | 'self'>): string {
  if (standing === 'removed') return `${style.failed} this device was removed: it is sent nothing new; pair it anew from another device`;
  if (standing === 'joining') return `${style.working} joining: waiting for the other device`;
  const reachable = peers.filter(({ state }) => state !== 'offline' && state !== 'strangers');
  const pending = peers.reduce((sum, one) => sum + one.pending + one.pendingIn, 0);
  if (peers.length === 0 && relays.length > 0) {
    const { all, words } = heldWords(
      relays,
      spaces.flatMap(({ id, standing: now }) => (now === 'live' ? [id] : [])),
    );
    const there = all ? `${style.done} saved here ${words}` : `${style.working} saved here · ${words}`;
    return `${there} · on no other device · pair another with: ${self} pair`;
  }
  if (peers.length === 0) return `${style.done} saved here · only on this device · pair another with: ${self} pair`;
  if (reachable.length === 0) return `${style.working} saved here · waiting for ${names(peers)}`;
  if (inStep)
    return `${style.done} saved here · with ${count(reachable.length, 'device')}${peers.length > reachable.length ? ` · waiting for ${names(peers.filter(({ state }) => state === 'offline'))}` : ''}`;
  return `${style.working} saved here · ${pending > 0 ? `${number(pending)} changes on their way` : 'comparing'} · ${count(projects.length, 'project')}`;
}

const RELAYS_SHOWN = 4;
const RELAY_STATES: Readonly<Record<RelayRow['state'], string>> = {
  connecting: 'connecting',
  silent: 'not answering',
  refused: 'refused',
  syncing: 'syncing',
  'in-step': 'in step',
  offline: 'not reachable',
};

/** One line each. */
function relayLines({ relays }: StatusView, { style, columns, self }: Pick<Cli, 'style' | 'columns' | 'self'>): readonly string[] {
  return relays.slice(0, RELAYS_SHOWN).map(({ origin, state, reason, mailboxes }) => {
    const stuck = state === 'refused' || mailboxes.some((one) => mailboxTrouble(one) !== null);
    const mark = stuck ? style.needsYou : state === 'in-step' && holdsAll({ mailboxes }) ? style.done : style.working;
    const sum = (field: 'acknowledged' | 'entries'): number => mailboxes.reduce((total, one) => total + one[field], 0);
    const holds = mailboxes.length === 0 ? '' : ` · holds ${number(sum('acknowledged'))} of ${number(sum('entries'))}`;
    const full = mailboxes.some((one) => one.state === 'full') ? ' · no room left there' : '';
    const refused = mailboxes.find((one) => one.state === 'refused')?.reason ?? null;
    const because = reason ?? refused;
    const why = because === null ? '' : ` · ${safe(withSelf(because, self))}`;
    return `  ${mark} ${cutEnd(`relay ${safe(origin)} · ${RELAY_STATES[state]}${holds}${full}${why}`, columns - 4)}`;
  });
}

function names(peers: readonly PeerStatus[]): string {
  const shown = peers.slice(0, 2).map(({ name }) => cutEnd(safe(name), 24));
  return peers.length > 2 ? `${shown.join(', ')} and ${peers.length - 2} more` : shown.join(' and ');
}

function needs(view: StatusView, { style, self, columns }: Pick<Cli, 'style' | 'self' | 'columns'>): readonly string[] {
  const others = view.alarms.filter(({ alarm }) => alarm !== 'cloned');
  const alarms = others.slice(-3).map(({ message }) => `  ${style.needsYou} ${cutEnd(safe(withSelf(message, self)), columns - 4)}`);
  const cloned = view.cloned
    ? [
        `  ${style.needsYou} this home is an older or second copy: edits are kept here, and not sent`,
        `    only if the other copy is gone: ${self} devices continue`,
      ]
    : [];
  const owed = debtLines(view.spaces, { style });
  const discovery = view.discovery === 'failed' ? [`  ${style.needsYou} devices on this network cannot be found: ${self} doctor`] : [];
  return [...cloned, ...alarms, ...owed, ...spaceLines(view, { style }), ...askLines(view, { style, self }), ...discovery];
}

/** Spaces in which something is not as it was: with all well they show at the projects. */
function spaceLines({ spaces, alarms }: StatusView, { style }: Pick<Cli, 'style'>): readonly string[] {
  return spaces.flatMap(({ name, home, standing, readOnly, role }) => {
    if (home) return [];
    if (standing === 'joining') return [`  ${style.working} ${safe(name)}: joining, waiting for somebody in it`];
    // Said by an alarm until the next start.
    const told = alarms.some(({ alarm, message }) => alarm === 'out-of-space' && message.includes(name));
    if (standing === 'removed') return told ? [] : [`  ${style.dim('-')} ${safe(name)}: you are no longer in it; what is here can be read`];
    if (readOnly) return [`  ${style.needsYou} ${safe(name)}: read only, no owner is left`];
    return role === 'viewer' ? [`  ${style.dim('-')} ${safe(name)}: you may read it, not write`] : [];
  });
}

/** People who wait for an answer, and those this person waits for. */
function askLines({ requests, spaceJoins }: StatusView, { style, self }: Pick<Cli, 'style' | 'self'>): readonly string[] {
  const asks = requests.slice(0, 3).map((one) => `  ${style.needsYou} ${requestWords(one)}: ${self} invite requests`);
  const joins = spaceJoins
    .filter(({ state }) => state !== 'joined')
    .slice(0, 3)
    .map((one) => `  ${one.state === 'denied' || one.state === 'failed' ? style.failed : style.working} ${joinWords(one)}`);
  return [...asks, ...joins];
}

const STATES: Readonly<Record<PeerStatus['state'], string>> = {
  connecting: '• connecting',
  silent: '• not answering',
  syncing: '• syncing',
  'in-step': '✓ in step',
  announcements: '! catching up',
  strangers: '✗ not known',
  offline: '• not reachable',
};

function peerTable(peers: readonly PeerStatus[], cli: Pick<Cli, 'columns'> & { nowMs(): number }): readonly string[] {
  const rows = peers.map((one) => [
    safe(one.name),
    STATES[one.state],
    safe(one.via ?? '—'),
    number(one.pending),
    number(one.pendingIn),
    one.state === 'offline' ? ago(one.lastSeen, cli.nowMs()) : 'now',
  ]);
  return table(
    [
      { head: 'device', cut: 'end' },
      { head: 'state' },
      { head: 'via' },
      { head: 'to send', align: 'right' },
      { head: 'to get', align: 'right' },
      { head: 'seen' },
    ],
    rows,
    cli.columns,
  );
}
