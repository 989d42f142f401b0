/** `admin`: what an operator does to accounts, devices, invites, flags, keys and mailboxes, on the database itself, while copies serve. */
import { readFile } from 'node:fs/promises';
import { tier as tierWord } from '@leanvibe/protocol/http/plans';
import type { MailboxId } from '@leanvibe/protocol/ids';
import type { Command } from 'commander';
import { makeInvite } from '../accounts/register.js';
import * as people from '../admin/accounts.js';
import { atDesk, type Desk } from '../admin/desk.js';
import * as boxes from '../admin/mailboxes.js';
import { isFlagName, listFileFlags, listFlags, setFlag, SHARE_ALL } from '../flags/flags.js';
import { createLogger, stderrSink } from '../observe/logger.js';
import { type Cli, table } from './cli.js';
import { withDatabase } from './database.js';
import { failed, wrongUse } from './failure.js';
import { type SettingFlags, settingsOf, takesData } from './settings.js';

interface Flags extends SettingFlags {
  readonly json?: boolean;
  readonly days?: string;
  readonly account?: string;
}

interface Answer {
  /** For programs. */
  readonly json: unknown;
  readonly lines: readonly string[];
  /** Something changed that serving copies keep in memory. */
  readonly changes?: boolean;
}

const ROWS_MAX = 1_000;
const DAY_MS = 86_400_000;
const UNTOLD =
  'copies that serve were not told: they let nobody in by what they remember after 5 s, and look at who is connected within a minute';

export function addAdminCommands(root: Command, cli: Cli): void {
  const admin = root.command('admin').description('accounts, devices, invites, flags, keys and mailboxes, while the relay serves');
  const group = (name: string, about: string): Command => admin.command(name).description(about);
  const add = (
    under: Command,
    words: string,
    about: string,
    work: (desk: Desk, args: readonly string[], flags: Flags) => Promise<Answer>,
  ) =>
    takesData(under.command(words).description(about))
      .option('--json', 'answer as one JSON document')
      .action((...given: unknown[]) => answer(cli, given, work));
  addAccounts(add, group('accounts', 'who may use this relay; an account is named by its id or its address'));
  const devices = group('devices', 'the devices of accounts');
  add(devices, 'list <account>', 'with revoked ones', async (desk, [named = '']) => {
    const rows = await people.listDevicesOf(desk, (await known(desk, named)).account);
    return {
      json: rows,
      lines: table(
        ['device', 'kind', 'label', 'made', 'revoked'],
        rows.map((row) => [row.device, row.kind, row.label, day(row.madeMs), day(row.revokedMs)]),
      ),
    };
  });
  add(devices, 'revoke <device>', 'its token, and those of devices it paired', async (desk, [device = '']) => {
    const revoked = await people.revokeOne(desk, device);
    if (revoked.length === 0) throw failed('no device of that id has a token that counts', 'leanvibe-relay admin devices list <account>');
    return { json: { revoked }, lines: [`  ✓ revoked: ${revoked.join(', ')}`], changes: true };
  });
  addInvites(add, group('invite', 'codes of one use, for RELAY_REGISTRATION=invite'));
  addFlags(add, group('flags', 'what is on for which share of accounts'));
  add(group('keys', 'what access tokens are signed with'), 'rotate', 'a new key; nobody is signed out', async (desk) => {
    const kid = await desk.signing.rotate();
    desk.note('keys.rotate', null, kid);
    return { json: { kid }, lines: [`  ✓ access tokens are signed with ${kid} from now on`] };
  });
  addMailboxes(add, group('mailboxes', 'sealed logs: how much, whose, and what may be brought back'));
}

type Add = (
  under: Command,
  words: string,
  about: string,
  work: (desk: Desk, args: readonly string[], flags: Flags) => Promise<Answer>,
) => Command;

function addAccounts(add: Add, accounts: Command): void {
  const heads = ['account', 'address', 'tier', 'made', 'locked', 'deleted'];
  const cells = (row: people.AccountRow): readonly string[] => [
    row.account,
    row.email,
    row.tier,
    day(row.madeMs),
    day(row.lockedMs),
    day(row.deletedMs),
  ];
  add(accounts, 'list', `the newest ${ROWS_MAX}`, async ({ db }) => {
    const rows = await people.listAccounts(db.sql, ROWS_MAX);
    return { json: rows, lines: table(heads, rows.map(cells)) };
  });
  add(accounts, 'show <account>', 'with what it stores', async (desk, [named = '']) => {
    const one = await known(desk, named);
    return { json: one, lines: [...table(heads, [cells(one)]), `  ${one.mailboxes} mailboxes, ${one.bytes} bytes`] };
  });
  for (const [word, locked, about] of [
    ['lock', true, 'it is admitted nowhere until it is unlocked; nothing of it is lost'],
    ['unlock', false, 'it may sign in again, and its devices go on'],
  ] as const)
    add(accounts, `${word} <account>`, about, async (desk, [named = '']) => {
      const { account, email } = await known(desk, named);
      await people.lockAccount(desk, account, locked);
      return { json: { account, locked }, lines: [`  ✓ ${email} is ${word}ed`], changes: locked };
    });
  add(accounts, 'delete <account>', 'kept for thirty days, then everything of it goes', async (desk, [named = '']) => {
    const { account, email } = await known(desk, named);
    const receipt = await people.deleteAccount(desk, account);
    return {
      json: { account, receipt },
      lines: [`  ✓ ${email} is deleted; receipt ${receipt}`, `    take it back: leanvibe-relay admin accounts restore ${account}`],
      changes: true,
    };
  });
  add(accounts, 'restore <account>', 'take a deletion back', async (desk, [named = '']) => {
    const { account, email } = await known(desk, named);
    if (!(await people.undeleteAccount(desk, account))) throw failed(`${email} is not deleted`);
    return { json: { account }, lines: [`  ✓ ${email} is back`] };
  });
  add(accounts, 'tier <account> <tier>', tierWord.options.join(', '), async (desk, [named = '', typed = '']) => {
    const tier = tierWord.safeParse(typed);
    if (!tier.success) throw wrongUse(`"${typed}" is no tier`, `one of: ${tierWord.options.join(', ')}`);
    const { account, email } = await known(desk, named);
    await people.changeTier(desk, account, tier.data);
    return { json: { account, tier: tier.data }, lines: [`  ✓ ${email} is ${tier.data}; devices have it when they connect again`] };
  });
}

function addInvites(add: Add, invite: Command): void {
  add(invite, 'make', 'a code, shown once', async (desk, _args, flags) => {
    const days = whole(flags.days ?? '7', 'days', 365);
    const code = await makeInvite(desk, days * DAY_MS);
    desk.note('invite.make', null, null);
    return {
      json: { code, days },
      lines: [`  ${code}`, `    of one use, within ${days} days: leanvibe relay login <relay> --register --invite ${code}`],
    };
  }).option('--days <number>', 'how long it holds', '7');
  add(invite, 'list', 'how many wait to be used; codes themselves are kept nowhere', async ({ clock, db }) => {
    const rows = await db.sql
      .selectFrom('invite')
      .select(['madeMs', 'expiresMs'])
      .where('expiresMs', '>', clock.nowMs())
      .orderBy('expiresMs')
      .execute();
    return {
      json: rows,
      lines: table(
        ['made', 'until'],
        rows.map((row) => [day(row.madeMs), day(row.expiresMs)]),
      ),
    };
  });
}

function addFlags(add: Add, flags: Command): void {
  add(flags, 'list', 'each with its share', async ({ db, flagsFile }) => {
    const rows = flagsFile === null ? await listFlags(db.sql) : await listFileFlags(() => readFile(flagsFile, 'utf8'));
    return {
      json: rows,
      lines: table(
        ['flag', 'percent', 'changed'],
        rows.map((row) => [row.flag, String(row.share / 100), day(row.changedMs)]),
      ),
    };
  });
  add(flags, 'set <flag> <percent>', '0 to 100; known to every copy within ten seconds', async (desk, [flag = '', typed = '']) => {
    if (!isFlagName(flag)) throw wrongUse(`"${flag}" is no flag`, 'leanvibe-relay admin flags list');
    if (desk.flagsFile !== null)
      throw failed(`shares are read from ${desk.flagsFile} while RELAY_FLAGS_FILE names it`, `change it there: {"${flag}": ${typed}}`);
    const share = whole(typed, 'percent', 100) * (SHARE_ALL / 100);
    await setFlag(desk.db.sql, flag, share, desk.clock.nowMs());
    desk.note('flag.set', null, flag);
    return { json: { flag, share }, lines: [`  ✓ ${flag} is on for ${share / 100} %`] };
  });
}

function addMailboxes(add: Add, mailboxes: Command): void {
  add(mailboxes, 'list', 'the largest first', async (desk, _args, { account }) => {
    const rows = await boxes.listMailboxes(desk, account === undefined ? null : (await known(desk, account)).account, ROWS_MAX);
    const cells = rows.map((row) => [
      row.mailbox,
      row.account,
      String(row.entries),
      String(row.bytes),
      String(row.prunedBytes),
      day(row.deletedMs),
    ]);
    return { json: rows, lines: table(['mailbox', 'account', 'entries', 'bytes', 'of these pruned', 'deleted'], cells) };
  }).option('--account <account>', 'of this one only');
  add(mailboxes, 'unremove <mailbox>', 'within thirty days of its deletion', async (desk, [typed = '']) => {
    const how = await boxes.unremove(desk, mailboxOf(typed));
    if (how !== 'back') throw failed(how === 'there' ? 'this mailbox is not deleted' : 'there is no such mailbox any more');
    return { json: { mailbox: typed }, lines: ['  ✓ it is back, with everything in it'], changes: true };
  });
  add(mailboxes, 'unprune <mailbox>', 'show again what was pruned and is still kept', async (desk, [typed = ''], { days }) => {
    const entries = await boxes.unprune(desk, mailboxOf(typed), desk.clock.nowMs() - whole(days ?? '30', 'days', 30) * DAY_MS);
    if (entries === null) throw failed('there is no such mailbox');
    return { json: { mailbox: typed, entries }, lines: [`  ✓ ${entries} entries are shown again`], changes: true };
  }).option('--days <number>', 'pruned so many days ago at most', '30');
  add(mailboxes, 'quota', 'who uses how much of what the tier allows', async (desk) => {
    const rows = await boxes.quotas(desk, ROWS_MAX);
    const cells = rows.map((row) => [row.account, row.tier, `${row.bytes} of ${row.bytesMax}`, `${row.mailboxes} of ${row.mailboxesMax}`]);
    return { json: rows, lines: table(['account', 'tier', 'bytes', 'mailboxes'], cells) };
  });
}

/** Commander gives the arguments, then the flags, then the command. */
async function answer(
  cli: Cli,
  given: readonly unknown[],
  work: (desk: Desk, args: readonly string[], flags: Flags) => Promise<Answer>,
): Promise<void> {
  const args = given.filter((one): one is string => typeof one === 'string');
  const flags = given[args.length] as Flags;
  const loaded = settingsOf(cli, flags, true);
  const { clock, random } = cli;
  const logger = createLogger(stderrSink(), { level: 'warn', base: {}, clock });
  const done = await withDatabase(cli, loaded, { make: false }, (db) =>
    atDesk({ settings: loaded.settings, db, clock, random, logger }, (desk) => work(desk, args, flags)),
  );
  if (flags.json === true) cli.json(done.value.json);
  else for (const line of done.value.lines) cli.line(line);
  if (done.value.changes === true && !done.told) cli.note(UNTOLD);
}

async function known(desk: Desk, named: string): Promise<people.AccountStory> {
  const found = await people.findAccount(desk, named);
  if (found === null) throw failed(`there is no account ${named}`, 'leanvibe-relay admin accounts list');
  return found;
}

function mailboxOf(typed: string): MailboxId {
  if (!/^[0-9a-f]{64}$/.test(typed)) throw wrongUse('a mailbox is 64 hex digits', 'leanvibe-relay admin mailboxes list');
  return typed as MailboxId;
}

function whole(typed: string, name: string, max: number): number {
  const value = /^\d{1,4}$/.test(typed) ? Number(typed) : Number.NaN;
  if (!(value <= max)) throw wrongUse(`${name} must be a whole number from 0 to ${max}`);
  return value;
}

function day(ms: number | null): string {
  return ms === null ? '' : new Date(Number(ms)).toISOString().slice(0, 16).replace('T', ' ');
}
