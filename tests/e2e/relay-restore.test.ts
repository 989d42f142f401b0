/** A relay is backed up, destroyed and restored under its clients: the store id is new, everybody syncs on, and what came after the backup is sent again. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DocumentId } from '@leanvibe/protocol/ids';
import { describe, expect, test } from 'vitest';
import { leftOut } from '../help/needs.js';
import { postgresOfFile } from '../help/postgres.js';
import { run } from '../help/program.js';
import { attend, flow, inStep, liveRelay, signIn } from '../help/relay-live.js';
import { ROOT } from '../help/root.js';
import { tempFolder } from '../help/temp.js';
import { until } from '../help/wait.js';
import { createWorld, type Device } from '../help/world.js';

const server = postgresOfFile();

const text = async (device: Device, document: DocumentId): Promise<string> =>
  ((await device.view(document, { type: 'note' })) as { readonly text: string }).text;

async function command(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const ended = await run(process.execPath, [join(ROOT, 'relay/bin/leanvibe-relay.js'), ...args], { env });
  expect([ended.code, ended.stderr]).toEqual([0, '']);
  return ended.stdout;
}

describe.each(['SQLite', 'PostgreSQL'] as const)('%s', (kind) => {
  test.skipIf(kind === 'PostgreSQL' && leftOut('postgres'))(
    'C28 C33 a relay put back from a backup loses nothing that its clients hold',
    async () => {
      const [folder, kept] = [await tempFolder('relay'), await tempFolder('backup')];
      const database: Readonly<Record<string, string>> = kind === 'SQLite' ? {} : { DATABASE_URL: await (await server()).database() };
      const env = { RELAY_DATA: folder, RELAY_LOG_LEVEL: 'error', ...database };
      const world = createWorld(`relay restored ${kind}`);
      const [mac, phone] = [await world.device('mac'), await world.device('phone')];
      await world.pair(mac, phone);
      const document = mac.engine.newDocument();
      flow(world);
      const first = await liveRelay(folder, env);
      const macToken = await signIn(first.origin, 'ana@example.org', true);
      const phoneToken = await signIn(first.origin, 'ana@example.org', false);
      attend(mac, first.origin, macToken);
      const leave = attend(phone, first.origin, phoneToken);
      await mac.edit(document, { type: 'note.append', text: 'before ' });
      await until('the phone has it', async () => (await text(phone, document)) === 'before ');
      await Promise.all([inStep(mac), inStep(phone)]);

      await command(['backup', join(kept, 'relay.backup')], env);
      leave();
      await mac.edit(document, { type: 'note.append', text: 'after ' });
      await until('the relay has it', () => {
        const [view] = mac.engine.relays.views();
        return view?.state === 'in-step' && view.mailboxes.every((one) => one.pendingOut === 0);
      });
      await first.stop();
      if (kind === 'SQLite') for (const end of ['', '-wal', '-shm']) await rm(join(folder, `leanvibe-relay.db${end}`), { force: true });
      const said = await command(['restore', join(kept, 'relay.backup'), ...(kind === 'SQLite' ? [] : ['--force'])], env);
      expect(said).toContain('the store id is new');

      const second = await liveRelay(folder, { ...env, RELAY_PORT: String(first.port) });
      attend(phone, second.origin, phoneToken);
      await until('the phone has what came after the backup', async () => (await text(phone, document)) === 'before after ', 30_000);
      await phone.edit(document, { type: 'note.append', text: 'again' });
      await until('the mac goes on too', async () => (await text(mac, document)) === 'before after again', 30_000);
      for (const device of [mac, phone]) {
        const view = await inStep(device);
        expect(view.mailboxes.map(({ acknowledged, entries }) => entries - acknowledged)).toEqual([0]);
      }
    },
    90_000,
  );
});
