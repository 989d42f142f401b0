/** What an operator does on the database itself: seen, changed, noted as done by an operator, and obeyed by what serves; over both databases, and by the command line. */
import { join } from 'node:path';
import { type Desk, atDesk } from '@leanvibe/relay/internal/admin/desk';
import * as people from '@leanvibe/relay/internal/admin/accounts';
import * as boxes from '@leanvibe/relay/internal/admin/mailboxes';
import type { Database } from '@leanvibe/relay/internal/db/database';
import { loadSettings } from '@leanvibe/relay/internal/config/load';
import { createMailboxStore } from '@leanvibe/relay/internal/mailbox/store';
import { type MailboxId, makeId } from '@leanvibe/protocol/ids';
import { describe, expect, test } from 'vitest';
import { type Ended, run } from '../../../help/program.js';
import { openTestDatabases } from '../../../help/relay-db.js';
import { liveRelay, signIn } from '../../../help/relay-live.js';
import { createTestPeople } from '../../../help/relay-people.js';
import { ROOT } from '../../../help/root.js';
import { chance, nodeHashing, silent } from '../../../help/store-things.js';
import { systemClock } from '../../../help/system-clock.js';
import { tempFolder } from '../../../help/temp.js';

async function operate<Value>(db: Database, work: (desk: Desk) => Promise<Value>): Promise<Value> {
  const folder = await tempFolder('admin');
  const loaded = loadSettings({ env: { RELAY_DATA: folder }, cwd: folder });
  if (!loaded.ok) throw new Error('settings');
  return (await atDesk({ settings: loaded.value.settings, db, clock: systemClock, random: chance, logger: silent }, work)).value;
}

for (const databases of openTestDatabases())
  describe(databases.name, () => {
    test('a locked account is admitted nowhere, and everything of it goes on once it is unlocked', async () => {
      const db = await databases.open();
      const relay = await createTestPeople(db);
      const { accessToken, account } = await relay.join('ana@example.org');
      const { token } = await relay.pair(accessToken);
      const login = async (): Promise<number> =>
        (await relay.post('/api/v1/auth/login', { email: 'ana@example.org', password: 'nine quiet herons' })).status;
      await operate(db, (desk) => people.lockAccount(desk, account, true));
      relay.hear({ type: 'revoked', account, device: null });
      expect(await relay.people.doorman.admit(token)).toBeNull();
      expect((await relay.ask('GET', '/api/v1/account', { token: accessToken })).status).toBe(401);
      expect(await login()).toBe(401);
      await operate(db, (desk) => people.lockAccount(desk, account, false));
      expect((await relay.people.doorman.admit(token))?.account).toBe(account);
      expect(await login()).toBe(200);
      const acts = await db.sql.selectFrom('audit').select(['act', 'address']).where('act', 'like', 'operator.%').orderBy('atMs').execute();
      expect(acts).toEqual([
        { act: 'operator.account.lock', address: null },
        { act: 'operator.account.unlock', address: null },
      ]);
    });

    test('accounts are found, deleted and restored, given a tier; devices are revoked with those they paired', async () => {
      const db = await databases.open();
      const relay = await createTestPeople(db);
      const { accessToken, account } = await relay.join('bob@example.org');
      const { device, token } = await relay.pair(accessToken);
      expect(await people.findAccount({ db }, 'Bob@example.org')).toMatchObject({ account, tier: 'free', mailboxes: 0, lockedMs: null });
      await operate(db, (desk) => people.changeTier(desk, account, 'team'));
      const receipt = await operate(db, (desk) => people.deleteAccount(desk, account));
      expect(receipt).toMatch(/^[0-9a-f-]{36}$/);
      expect((await people.listAccounts(db.sql, 10))[0]).toMatchObject({ account, tier: 'team', deletedMs: expect.any(Number) as number });
      expect(await operate(db, (desk) => people.undeleteAccount(desk, account))).toBe(true);
      expect((await relay.people.doorman.admit(token))?.quota.tier).toBe('team');
      expect(await operate(db, (desk) => people.revokeOne(desk, device.device))).toEqual([device.device]);
      relay.hear({ type: 'revoked', account, device: device.device });
      expect(await relay.people.doorman.admit(token)).toBeNull();
      expect(await operate(db, (desk) => people.revokeOne(desk, device.device))).toEqual([]);
    });

    test('a deleted mailbox comes back, and who uses how much is seen', async () => {
      const db = await databases.open();
      const relay = await createTestPeople(db);
      const { account } = await relay.join('cyd@example.org');
      const store = await createMailboxStore({ db, clock: systemClock, random: chance, hashing: nodeHashing, logger: silent });
      const mailbox = makeId<MailboxId>(chance.bytes(32));
      await store.make(mailbox, account, { readKey: '11'.repeat(32), appendKey: '22'.repeat(32) }, 1e6);
      await store.remove(mailbox);
      const id = (await boxes.listMailboxes({ db }, account, 10))[0]?.mailbox as MailboxId;
      expect(await operate(db, (desk) => boxes.unremove(desk, id))).toBe('back');
      expect(await operate(db, (desk) => boxes.unremove(desk, id))).toBe('there');
      expect((await store.state(mailbox))?.deletedMs).toBeNull();
      expect(await boxes.quotas({ db }, 10)).toMatchObject([{ account, tier: 'free', mailboxes: 1, mailboxesMax: 20 }]);
      await store.close();
    });
  });

test('by the command line, beside a relay that serves: invites let people in, a lock shuts them out, every list is JSON when asked', async () => {
  const folder = await tempFolder('admin');
  const relay = await liveRelay(folder, { RELAY_REGISTRATION: 'invite' });
  const admin = (...args: readonly string[]): Promise<Ended> =>
    run(process.execPath, [join(ROOT, 'relay/bin/leanvibe-relay.js'), 'admin', ...args, '--data', folder]);
  const made = JSON.parse((await admin('invite', 'make', '--json')).stdout) as { readonly code: string };
  const registered = await fetch(`${relay.origin}/api/v1/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'ana@example.org', password: 'seven wet otters by the weir', invite: made.code }),
  });
  expect(registered.status).toBe(202);
  await signIn(relay.origin, 'ana@example.org', false);
  const locked = await admin('accounts', 'lock', 'ana@example.org');
  expect([locked.code, locked.stdout, locked.stderr]).toEqual([
    0,
    '  ✓ ana@example.org is locked\n',
    expect.stringMatching(/were not told/),
  ]);
  await expect(signIn(relay.origin, 'ana@example.org', false)).rejects.toThrow('locked');
  const lists = ['accounts list', 'devices list ana@example.org', 'mailboxes quota'];
  const said = await Promise.all(lists.map((list) => admin(...list.split(' '), '--json')));
  expect(said.map(({ code, stdout }) => [code, Array.isArray(JSON.parse(stdout))])).toEqual(lists.map(() => [0, true]));
  expect((await admin('flags', 'set', 'metrics-intake', '25')).stdout).toContain('on for 25 %');
  const unknown = await admin('accounts', 'show', 'nobody@example.org');
  expect([unknown.code, unknown.stderr]).toEqual([
    1,
    expect.stringMatching(/there is no account nobody@example\.org\n {4}try: leanvibe-relay admin accounts list/),
  ]);
}, 120_000);
