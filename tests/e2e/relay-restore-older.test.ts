/** A backup of an older schema is restored, brought up to date and served to the devices that knew that relay; one of a newer schema is refused in words. */
import { join } from 'node:path';
import { type Kysely, sql as raw } from 'kysely';
import type { Database } from '@leanvibe/relay/internal/db/database';
import { migrate } from '@leanvibe/relay/internal/db/migrate';
import { migrations } from '@leanvibe/relay/internal/db/migrations';
import { openDatabase } from '@leanvibe/relay/internal/db/open';
import type { DocumentId } from '@leanvibe/protocol/ids';
import { describe, expect, test } from 'vitest';
import { leftOut } from '../help/needs.js';
import { postgresOfFile } from '../help/postgres.js';
import { type Ended, run } from '../help/program.js';
import { databaseDeps } from '../help/relay-db.js';
import { attend, flow, inStep, liveRelay, signIn } from '../help/relay-live.js';
import { ROOT } from '../help/root.js';
import { tempFolder } from '../help/temp.js';
import { until } from '../help/wait.js';
import { createWorld, type Device } from '../help/world.js';

const server = postgresOfFile();
type Kind = 'SQLite' | 'PostgreSQL';
type Env = Readonly<Record<string, string>>;
/** The last step of the older relay. */
const OLDER = '0007-audit';
const AFTER = ['0008', '0009', '0010'];
const GONE: Readonly<Record<string, readonly string[]>> = { account: ['lockedMs'] };

const text = async (device: Device, document: DocumentId): Promise<string> =>
  ((await device.view(document, { type: 'note' })) as { readonly text: string }).text;

const command = (args: readonly string[], env: Env): Promise<Ended> =>
  run(process.execPath, [join(ROOT, 'relay/bin/leanvibe-relay.js'), ...args], { env });

/** Where a new relay of this kind lives. */
async function place(kind: Kind): Promise<Env & { readonly RELAY_DATA: string }> {
  const folder = await tempFolder('relay');
  return {
    RELAY_DATA: folder,
    RELAY_LOG_LEVEL: 'error',
    ...(kind === 'SQLite' ? {} : { DATABASE_URL: await (await server()).database() }),
  };
}

function open({ DATABASE_URL: url, RELAY_DATA: folder = '' }: Env): Promise<Database> {
  return openDatabase(url === undefined ? { sqliteFile: join(folder, 'leanvibe-relay.db') } : { url }, databaseDeps);
}

/** Everything of one relay as a relay of before would hold it. */
async function asOlder(from: Env, to: Env): Promise<void> {
  const [now, older] = [await open(from), await open(to)];
  const steps = migrations.filter(({ name }) => name <= OLDER);
  expect(await migrate(older, steps, databaseDeps)).toMatchObject({ ok: true });
  const tables = 'account session recoveryCode device mailbox pastKey listed entry record meta project'.split(' ');
  for (const table of tables) {
    const rows = (await raw<Record<string, unknown>>`select * from ${raw.table(table)}`.execute(now.sql)).rows;
    const sql = older.sql as unknown as Kysely<Record<string, Record<string, unknown>>>;
    for (const row of rows) {
      const kept = Object.fromEntries(Object.entries(row).filter(([column]) => !(GONE[table] ?? []).includes(column)));
      await sql.insertInto(table).values(kept).execute();
    }
  }
  await Promise.all([now.close(), older.close()]);
}

for (const kind of ['SQLite', 'PostgreSQL'] as const)
  describe.skipIf(kind === 'PostgreSQL' && leftOut('postgres'))(kind, () => {
    test('C28 C33 a backup of an older relay is brought up to date and served to the devices that knew it', async () => {
      const env = await place(kind);
      const world = createWorld(`relay older ${kind}`);
      const [mac, phone] = [await world.device('mac'), await world.device('phone')];
      await world.pair(mac, phone);
      const document = mac.engine.newDocument();
      flow(world);
      const first = await liveRelay(env.RELAY_DATA, env);
      const macToken = await signIn(first.origin, 'ana@example.org', true);
      const phoneToken = await signIn(first.origin, 'ana@example.org', false);
      attend(mac, first.origin, macToken);
      const leave = attend(phone, first.origin, phoneToken);
      await mac.edit(document, { type: 'note.append', text: 'before ' });
      await until('the phone has it', async () => (await text(phone, document)) === 'before ');
      await Promise.all([inStep(mac), inStep(phone)]);
      leave();
      await first.stop();

      const [older, next, file] = [await place(kind), await place(kind), join(await tempFolder('backup'), 'older')];
      await asOlder(env, older);
      expect((await command(['backup', file], older)).code).toBe(0);
      const restored = await command(['restore', file, '--json'], next);
      expect([restored.code, (JSON.parse(restored.stdout) as { migrated: string[] }).migrated.map((step) => step.slice(0, 4))]).toEqual([
        0,
        AFTER,
      ]);

      await mac.edit(document, { type: 'note.append', text: 'after ' });
      const second = await liveRelay(next.RELAY_DATA, { ...next, RELAY_PORT: String(first.port) });
      attend(phone, second.origin, phoneToken);
      await until('the phone has what came after', async () => (await text(phone, document)) === 'before after ', 30_000);
      await phone.edit(document, { type: 'note.append', text: 'again' });
      await until('the mac goes on too', async () => (await text(mac, document)) === 'before after again', 30_000);
    }, 120_000);

    test('a backup and a database of a newer relay are refused in words, and nothing is changed', async () => {
      const [newer, next, file] = [await place(kind), await place(kind), join(await tempFolder('backup'), 'newer')];
      const db = await open(newer);
      const step = { name: `${String(migrations.length + 1).padStart(4, '0')}-later`, up: () => Promise.resolve() };
      expect(await migrate(db, [...migrations, step], databaseDeps)).toMatchObject({ ok: true });
      await db.close();
      expect((await command(['backup', file], newer)).code).toBe(0);
      const refused = await command(['restore', file], next);
      expect([refused.code, refused.stderr]).toEqual([
        1,
        expect.stringMatching(/made by a newer relay \(\d{4}-later\); update this program/),
      ]);
      const served = await command(['serve', '--port', '0'], newer);
      expect([served.code, served.stderr]).toEqual([1, expect.stringMatching(/written by a newer relay \(\d{4}-later\)/)]);
      const untouched = await open(next);
      const there = untouched.sql.introspection.getTables();
      expect((await there).filter(({ name }) => name === 'account')).toEqual([]);
      await untouched.close();
    }, 60_000);
  });
