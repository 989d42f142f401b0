/** `leanvibe relay`: signing in to a relay, out again, and what it holds. */
import type { RelayMailboxRow, RelayProofRow, RelayRow } from '../../control/relay-views.js';
import { proofWords } from '../../relay/holds.js';
import { mailboxTrouble } from '../../relay/why.js';
import { exposureOf, originTyped } from '../../relay/words.js';
import { wrongUse } from '../base/failure.js';
import type { Call, CommandSpec } from '../base/spec.js';
import { withSelf } from '../base/self.js';
import { firstLine } from '../base/secret-file.js';
import { askLine } from '../term/ask.js';
import { safe } from '../term/safe.js';
import { table } from '../term/table.js';
import { number } from '../term/words.js';

const STATES: Readonly<Record<RelayRow['state'], string>> = {
  offline: 'not connected',
  connecting: 'connecting',
  silent: 'does not answer',
  refused: 'refused this device',
  syncing: 'syncing',
  'in-step': 'in step',
};

const BOXES: Readonly<Record<RelayMailboxRow['state'], string>> = {
  opening: 'opening',
  write: 'sends and receives',
  read: 'receives only',
  announcements: 'waiting for new keys',
  behind: 'waiting for keys',
  full: 'full: its owner has no room left there',
  refused: 'refused',
};

async function typed(call: Call, question: string, hidden = false): Promise<string> {
  const answer = await askLine(call.cli, question, hidden);
  if (answer === null || answer === '') throw wrongUse('nothing was typed');
  return answer;
}

async function passwordOf(call: Call): Promise<string> {
  const file = call.option('password-file');
  if (file !== undefined) return firstLine(call.path(file), 'password');
  if (!call.cli.canAsk) throw wrongUse('a password is needed', 'give --password-file <path>');
  return typed(call, 'password:', true);
}

/** Before the password is asked for. */
function warnOfExposure(call: Call, address: string): void {
  const origin = originTyped(address);
  const exposure = origin === null ? 'none' : exposureOf(origin);
  if (exposure === 'none' || (exposure === 'internet' && !call.flag('insecure'))) return;
  const who = exposure === 'network' ? 'whoever is on the network between here and there' : 'anybody on the way there';
  call.cli.note(`${safe(address)} is not encrypted: ${who} can read your password and this device's token`);
}

export const relayLogin: CommandSpec = {
  words: ['relay', 'login'],
  summary: 'signs this device in to a relay, so that devices meet that are never online at once',
  args: [{ name: 'address' }],
  options: [
    { long: 'email', value: 'address', help: 'the account (default: ask)' },
    { long: 'password-file', value: 'path', kind: 'path', help: 'a file whose first line is the password (default: ask)' },
    { long: 'code', value: 'digits', help: 'of your authenticator, where the account has one; or a recovery code' },
    { long: 'register', help: 'makes the account first' },
    { long: 'invite', value: 'code', help: 'with --register, where the relay asks for an invite code' },
    { long: 'insecure', help: 'even where the password could be read on the way: an http:// address far away' },
  ],
  json: true,
  async run(call) {
    const { cli } = call;
    warnOfExposure(call, call.need('address'));
    const email = call.option('email') ?? (await typed(call, 'e-mail address:'));
    const password = await passwordOf(call);
    const [code, invite] = [call.option('code'), call.option('invite')];
    const row = await call.agent.ask('relay.login', {
      relay: call.need('address'),
      email,
      password,
      ...(code === undefined ? {} : { code }),
      ...(invite === undefined ? {} : { invite }),
      ...(call.flag('register') ? { register: true } : {}),
      ...(call.flag('insecure') ? { insecure: true } : {}),
    });
    if (call.json) return cli.json(row);
    cli.line(`  ${cli.style.done} signed in to ${safe(row.origin)} as ${safe(row.email)}: ${STATES[row.state]}`);
    cli.line(`  it stores what you write sealed, and can read none of it; see what it holds with: ${cli.self} relay status`);
  },
};

export const relayLogout: CommandSpec = {
  words: ['relay', 'logout'],
  summary: 'signs this device out; what the relay stores stays there for your other devices',
  args: [{ name: 'address', optional: true }],
  json: true,
  async run(call) {
    const { cli } = call;
    const relay = call.arg('address');
    const left = await call.agent.ask('relay.logout', relay === undefined ? {} : { relay });
    if (call.json) return cli.json(left);
    cli.line(`  ${cli.style.done} signed out of ${safe(left.origin)}`);
    if (!left.told) cli.note(`the relay could not be told yet (${safe(left.why ?? '')}): it is, as soon as it answers this agent again`);
  },
};

function lines(call: Call, relay: RelayRow): readonly string[] {
  const { style, columns } = call.cli;
  const well = relay.state === 'in-step' || relay.state === 'syncing';
  const mark = well ? style.done : relay.state === 'connecting' ? style.working : style.needsYou;
  const why = relay.reason === null ? '' : `: ${withSelf(safe(relay.reason), call.cli.self)}`;
  const rows = relay.mailboxes.map((one) => [
    safe(one.spaceName),
    BOXES[one.state],
    `${number(one.acknowledged)} of ${number(one.entries)}`,
    one.pendingIn === 0 ? '' : `${number(one.pendingIn)} to come`,
  ]);
  return [
    `  ${mark} ${safe(relay.origin)} as ${safe(relay.email)}: ${STATES[relay.state]}${why}`,
    ...relay.doubts.map(({ at, message }) => `  ${style.needsYou} ${safe(at.slice(0, 16).replace('T', ' '))} ${safe(message)}`),
    ...(rows.length === 0
      ? []
      : table(
          [{ head: 'space', cut: 'end' }, { head: 'mailbox', cut: 'end' }, { head: 'holds', align: 'right' }, { head: '' }],
          rows,
          columns,
        )),
    ...relay.mailboxes.flatMap((one) => {
      const trouble = mailboxTrouble(one);
      return trouble === null ? [] : [`  ${style.needsYou} ${safe(one.spaceName)}: ${safe(trouble)}`];
    }),
  ];
}

/** The same rows with and without a proof; null where none was asked for. */
export function withProofs(relay: RelayRow, proofs: readonly RelayProofRow[]): object {
  const proofOf = (mailbox: string): object | null => {
    const found = proofs.find((one) => one.origin === relay.origin && one.mailbox === mailbox);
    return found === undefined ? null : { sampled: found.sampled, right: found.right };
  };
  return { ...relay, mailboxes: relay.mailboxes.map((one) => ({ ...one, proof: proofOf(one.mailbox) })) };
}

export const relayStatus: CommandSpec = {
  words: ['relay', 'status'],
  summary: 'the relays this device is signed in to, and how much of each space they hold',
  options: [{ long: 'prove', help: 'reads entries back at random to see that the relay really has them' }],
  json: true,
  async run(call) {
    const { cli } = call;
    const relays = await call.agent.ask('relay.list', {});
    const proofs = call.flag('prove') ? await call.agent.ask('relay.prove', {}) : null;
    if (call.json) return cli.json(relays.map((relay) => withProofs(relay, proofs ?? [])));
    if (relays.length === 0) return cli.line(`  signed in to no relay; sign in with: ${cli.self} relay login <address>`);
    for (const relay of relays) cli.lines(lines(call, relay));
    for (const proof of proofs ?? []) {
      const { ok, words } = proofWords(proof);
      cli.line(`  ${ok ? cli.style.done : cli.style.failed} ${safe(proof.spaceName)} at ${safe(proof.origin)}: ${words}`);
    }
  },
};
