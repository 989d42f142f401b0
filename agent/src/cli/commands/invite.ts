/** `leanvibe invite …`: lets people into a space by a link, and answers those who knock. */
import type { InviteOffer, InviteRow, RequestRow } from '../../control/team-views.js';
import type { Cli } from '../base/cli.js';
import { wrongUse } from '../base/failure.js';
import { qrBlock } from '../base/pair-lines.js';
import type { Call, CommandSpec } from '../base/spec.js';
import { ROLES, SPACE_OPTION } from '../base/team-lines.js';
import { safe } from '../term/safe.js';
import { table } from '../term/table.js';
import { ago, count, lasted, shortId } from '../term/words.js';

const ROLE_OPTION = {
  long: 'role',
  value: 'role',
  help: 'what whoever comes may be: owner, admin, editor (default) or viewer',
  choices: ROLES,
} as const;

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `7d`, `12h`, `30m`. */
function durationMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, digits = '', unit = ''] = /^(\d{1,6})([mhd])$/.exec(text.trim()) ?? [];
  const ms = Number(digits) * (UNIT_MS[unit] ?? Number.NaN);
  if (ms >= 60_000 && ms <= 90 * 86_400_000) return ms;
  throw wrongUse('--expires must be a time such as 7d, 12h or 30m, at most 90d');
}

function roleOf(call: Call): (typeof ROLES)[number] | undefined {
  return ROLES.find((one) => one === call.option('role'));
}

export const invite: CommandSpec = {
  words: ['invite'],
  summary: 'makes a link that lets somebody into a space, once you said yes to them',
  options: [
    SPACE_OPTION,
    ROLE_OPTION,
    { long: 'expires', value: 'time', help: 'how long it counts: 7d (default), 12h, 30m' },
    { long: 'uses', value: 'count', help: 'how many people it may let in (default: 1)' },
    { long: 'auto', help: 'let in whoever has the link, without asking you' },
  ],
  json: true,
  async run(call) {
    const { cli } = call;
    const [space, expiresInMs, uses, role] = [
      call.option('space'),
      durationMs(call.option('expires')),
      call.whole('uses', 1, 1000),
      roleOf(call),
    ];
    const offer = await call.agent.ask('invite.create', {
      auto: call.flag('auto'),
      ...(space === undefined ? {} : { space }),
      ...(expiresInMs === undefined ? {} : { expiresInMs }),
      ...(uses === undefined ? {} : { uses }),
      ...(role === undefined ? {} : { role }),
    });
    if (call.json) return cli.json(offer);
    cli.lines(offerLines(offer, cli));
  },
};

function offerLines(offer: InviteOffer, cli: Cli): readonly string[] {
  const { role, uses, approval, expiresAt, spaceName, link } = offer;
  const left = lasted((Date.parse(expiresAt) - cli.nowMs()) / 1000 + 1);
  const who = uses === 1 ? 'one person' : count(uses, 'person', 'people');
  return [
    ...qrBlock(link, cli),
    '',
    `  send them this: leanvibe join ${link}`,
    '',
    `  lets ${who} into ${safe(spaceName)} as ${role}, for ${left}, while this device is reachable`,
    approval === 'auto'
      ? `  ${cli.style.needsYou} whoever has the link is let in without a question; take it back with: ${cli.self} invite revoke ${shortId(offer.id)}`
      : `  you are asked before anybody is let in: ${cli.self} invite requests`,
  ];
}

const STATES: Readonly<Record<InviteRow['state'], string>> = {
  open: '✓ open',
  used: 'used up',
  expired: 'out of date',
  revoked: '✗ taken back',
};

export const inviteList: CommandSpec = {
  words: ['invite', 'list'],
  summary: 'the invites made on this device, and what became of them',
  options: [{ ...SPACE_OPTION, help: 'only those of this space' }],
  json: true,
  async run(call) {
    const { cli } = call;
    const space = call.option('space');
    const all = await call.agent.ask('invite.list', space === undefined ? {} : { space });
    if (call.json) return cli.json(all);
    if (all.length === 0) return cli.line(`  no invites; make one with: ${cli.self} invite`);
    const until = ({ state, expiresAt }: InviteRow): string =>
      state === 'open' ? `in ${lasted((Date.parse(expiresAt) - cli.nowMs()) / 1000)}` : '—';
    const rows = all.map((one) => [
      shortId(one.id),
      safe(one.spaceName),
      one.role,
      `${one.used} of ${one.uses}`,
      one.approval === 'auto' ? 'no question' : 'asks you',
      STATES[one.state],
      until(one),
    ]);
    const heads = [
      { head: 'invite' },
      { head: 'space', cut: 'end' },
      { head: 'role' },
      { head: 'used' },
      { head: 'how', spare: true },
      { head: 'state' },
      { head: 'ends', spare: true },
    ] as const;
    cli.lines(table(heads, rows, cli.columns));
  },
};

export const inviteRevoke: CommandSpec = {
  words: ['invite', 'revoke'],
  summary: 'takes an invite back: its link lets nobody in any more',
  args: [{ name: 'invite' }],
  json: true,
  async run(call) {
    const row = await call.agent.ask('invite.revoke', { id: call.need('invite') });
    if (call.json) return call.cli.json(row);
    call.cli.line(
      `  ${call.cli.style.done} the invite to ${safe(row.spaceName)} is taken back; who came by it stays: ${call.cli.self} members`,
    );
  },
};

/** Who knocks, as every command that tells of them does. */
export function requestWords({ personName, deviceName, spaceName, role }: RequestRow): string {
  const from = personName === deviceName ? '' : ` (${safe(deviceName)})`;
  return `${safe(personName)}${from} asks to join ${safe(spaceName)} as ${role}`;
}

export const inviteRequests: CommandSpec = {
  words: ['invite', 'requests'],
  summary: 'the people who wait for your answer',
  json: true,
  async run({ cli, agent, json }) {
    const all = await agent.ask('invite.requests', {});
    if (json) return cli.json(all);
    if (all.length === 0) return cli.line('  nobody waits to be let in');
    for (const one of all) {
      cli.line(`  ${cli.style.needsYou} ${requestWords(one)} · ${ago(one.at, cli.nowMs())}`);
      cli.line(`    their device says: ${safe(one.words)}`);
      cli.line(`    ${cli.self} invite approve ${shortId(one.id)}   or   ${cli.self} invite deny ${shortId(one.id)}`);
    }
    cli.line();
    cli.line('  names are their own word; if in doubt, ask them for the four words that leanvibe id shows');
  },
};

export const inviteApprove: CommandSpec = {
  words: ['invite', 'approve'],
  summary: 'lets somebody in who waits',
  args: [{ name: 'request' }],
  options: [{ ...ROLE_OPTION, help: 'a lower role than the invite gives' }],
  json: true,
  async run(call) {
    const role = roleOf(call);
    const row = await call.agent.ask('invite.approve', { id: call.need('request'), ...(role === undefined ? {} : { role }) });
    if (call.json) return call.cli.json(row);
    call.cli.line(`  ${call.cli.style.done} ${safe(row.personName)} is in ${safe(row.spaceName)} as ${row.role}`);
  },
};

export const inviteDeny: CommandSpec = {
  words: ['invite', 'deny'],
  summary: 'turns somebody away who waits',
  args: [{ name: 'request' }],
  json: true,
  async run(call) {
    const row = await call.agent.ask('invite.deny', { id: call.need('request') });
    if (call.json) return call.cli.json(row);
    call.cli.line(`  ${call.cli.style.done} ${safe(row.personName)} is turned away; the link does not work for that device any more`);
  },
};

export const inviteWithdraw: CommandSpec = {
  words: ['invite', 'withdraw'],
  summary: 'stops asking to be let in by an invite you were given',
  args: [{ name: 'invite' }],
  json: true,
  async run(call) {
    const row = await call.agent.ask('invite.withdraw', { id: call.need('invite') });
    if (call.json) return call.cli.json(row);
    call.cli.line(`  ${call.cli.style.done} ${safe(row.spaceName)} is not asked for any more`);
  },
};
