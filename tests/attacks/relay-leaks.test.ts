/** What two devices wrote, and what they are called, is in nothing that a real relay between them keeps, logs or has in its memory. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dialRelay } from '@leanvibe/agent/internal/relay/line';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { type LogMessage, isLogFrame, logMessage } from '@leanvibe/protocol/peer';
import { decode } from '@leanvibe/protocol/shape';
import { describe, expect, test } from 'vitest';
import { type TestAgent, startAgent } from '../help/agent.js';
import { accountAt, PASSWORD, type RelayProgram, startRelay } from '../help/relay-program.js';
import { forms, marker } from '../help/sought.js';
import { type StartedEngine, startEngine } from '../help/start-engine.js';
import { tempFolder } from '../help/temp.js';
import { until } from '../help/wait.js';
import { EVENTS } from './relay-budget.js';

type Sought = ReadonlyMap<string, Buffer>;

/** A process keeps texts as they were written, in one byte or two a letter; files may hold any form. */
const IN_MEMORY = /^(as written(, UTF-16LE|, hex|, base64 at .)?$|secret|mailbox|mac|phone|project|space|device|store|document)/;

/** As bytes, and as hex. */
function hexForms(what: string, hex: string): readonly (readonly [string, Buffer])[] {
  return [
    [`${what}, bytes`, Buffer.from(hex, 'hex')],
    [`${what}, hex`, Buffer.from(hex)],
  ];
}

/** Where of all the relay has something sought was found. */
async function foundAt(relay: RelayProgram, sought: Sought): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const inMemory = new Map([...sought].filter(([what]) => IN_MEMORY.test(what)));
  const look = (where: string, bytes: Buffer, forms = sought): void => {
    for (const [what, form] of forms) if (bytes.includes(form)) found.add(`${where}: ${what}`);
  };
  for (const { name, bytes } of await relay.files()) look(name, bytes);
  look('what it said', Buffer.from(relay.program.stdout() + relay.program.stderr()));
  if (process.platform === 'linux') expect(await relay.memory((piece) => look('its memory', piece, inMemory))).toBeGreaterThan(10_000_000);
  return found;
}

/** Every line it logged was on the list, with no field beside those listed. */
function loggedBeyond(relay: RelayProgram): readonly string[] {
  const lines = relay.program
    .stderr()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  expect(lines.length).toBeGreaterThan(5);
  return lines.flatMap((line) => {
    const { event, level, time, ...fields } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    const may = EVENTS[String(event)] ?? (String(event).startsWith('sync.') ? EVENTS['sync.*'] : undefined);
    if (may === undefined || level === undefined || time === undefined) return [line];
    return Object.keys(fields).every((field) => may.split(' ').includes(field)) ? [] : [line];
  });
}

async function holds(agent: TestAgent): Promise<boolean> {
  const [relay] = await agent.ask('relay.list', {});
  const boxes = relay?.mailboxes ?? [];
  return relay?.state === 'in-step' && boxes.length > 0 && boxes.every((one) => one.pending === 0 && one.acknowledged === one.entries);
}

describe('C32 what a relay has', () => {
  test('words of documents, tasks, projects, people, devices and paths, and ids of any of them, are nowhere', async () => {
    const relay = await startRelay();
    const stem = marker();
    const folder = join(await tempFolder('work'), `${stem}Path`);
    await mkdir(folder);
    const [mac, phone] = [await startAgent({ name: 'first' }), await startAgent({ name: 'second' })];
    const { project } = await mac.ask('project.add', { path: folder, name: `${stem}Project` });
    const { link } = await mac.ask('pair.start', { autoConfirm: true });
    await phone.ask('join.start', { target: link });
    await until('the phone to be let in', async () => (await phone.ask('project.list', {})).length > 0, 20_000);
    const login = { relay: relay.origin, email: 'ana@example.org', password: PASSWORD };
    await mac.ask('relay.login', { ...login, register: true });
    await phone.ask('relay.login', login);
    await mac.ask('device.rename', { device: mac.agent.deviceId, name: `${stem}Mac` });
    await mac.ask('task.add', { project: project.id, title: `${stem}Task` });
    await phone.ask('note.append', { project: project.id, text: `${stem}Note` });
    await until('the relay to hold everything', async () => (await holds(mac)) && (await holds(phone)), 30_000);
    expect((await mac.ask('note.show', { project: project.id })).text).toContain(`${stem}Note`);

    const { spaces } = await mac.ask('status', {});
    const [box] = (await mac.ask('relay.list', {}))[0]?.mailboxes ?? [];
    const ids = { project: project.id, mac: mac.agent.deviceId, phone: phone.agent.deviceId, space: spaces[0]?.id ?? '' };
    for (const id of Object.values(ids)) expect(id).toMatch(/^[0-9a-f]{32,64}$/);
    const secrets = [...(await readFile(join(mac.home, 'secrets.json'), 'utf8')).matchAll(/"([0-9a-zA-Z+/_=-]{40,})"/g)];
    expect(secrets.length).toBeGreaterThan(2);
    const sought = new Map([
      ...forms(stem),
      ...Object.entries(ids).flatMap(([what, id]) => hexForms(what, id)),
      ...secrets.map(([, text = ''], at) => [`secret ${at}`, Buffer.from(text)] as const),
    ]);
    const found = [...(await foundAt(relay, new Map([...sought, ...hexForms('mailbox', box?.mailbox ?? '')])))];
    expect(found.filter((where) => !where.includes('mailbox'))).toEqual([]);
    // The search does find what a relay may know.
    const places = found.map((where) => where.split(': ')[0]);
    expect(places.filter((where) => where !== 'its memory')).not.toEqual([]);
    if (process.platform === 'linux') expect(places).toContain('its memory');
    expect(loggedBeyond(relay)).toEqual([]);
  }, 90_000);

  test('no secret that keys come from is anywhere, and every mailbox is shown a store id of its own', async () => {
    const relay = await startRelay();
    const derivedFrom = new Set<string>();
    const real = nativeCrypto();
    const crypto: typeof real = {
      ...real,
      hkdfSha256(secret, salt, info, length) {
        derivedFrom.add(Buffer.from(secret).toString('hex'));
        return real.hkdfSha256(secret, salt, info, length);
      },
    };
    const shown: LogMessage[] = [];
    const begin = async (): Promise<StartedEngine> => {
      const secrets = { signingSeed: randomBytes(32), sealingSecret: randomBytes(32), localKey: randomBytes(32) };
      return startEngine({ path: join(await tempFolder('engine'), 'store.db'), secrets, windowMs: 50, crypto });
    };
    const join_ = async ({ engine }: StartedEngine, token: string): Promise<void> => {
      const line = await dialRelay(relay.origin, new AbortController().signal);
      const told = { ...line, send: (frame: Uint8Array) => (note(frame), line.send(frame)) };
      engine.relays.connect(told, { origin: relay.origin, token }, () => undefined);
    };
    const note = (frame: Uint8Array): void => {
      if (!isLogFrame(frame)) return;
      const read = decode(logMessage, frame);
      if (read.ok) shown.push(read.value);
    };
    const ana = await begin();
    const words = marker();
    const document = ana.engine.newDocument();
    expect((await ana.engine.edit(ana.engine.home(), document, 'yjs', { type: 'note.append', text: words })).ok).toBe(true);
    const team = await ana.engine.teams.createSpace();
    expect(team.ok).toBe(true);
    await join_(ana, await accountAt(relay.origin, 'ana@example.org', 'first', true));
    await until('the relay to hold both spaces', () => {
      const [view] = ana.engine.relays.views();
      return view?.state === 'in-step' && view.mailboxes.length === 2 && view.mailboxes.every((one) => one.acknowledged === one.entries);
    });
    const stores = new Map(shown.flatMap((one) => (one.type === 'heads' ? [[one.slot, one.store] as const] : [])));
    expect(stores.size).toBeGreaterThanOrEqual(2);
    expect(new Set(stores.values()).size).toBe(2);
    expect([...stores.values()]).not.toContain(ana.storeId);
    expect(derivedFrom.size).toBeGreaterThan(3);
    const sought = new Map([
      ...forms(words),
      ...[...derivedFrom].filter((hex) => hex.length >= 32).flatMap((hex, at) => hexForms(`secret ${at}`, hex)),
      ...hexForms('device', ana.engine.device),
      ...hexForms('store', ana.storeId),
      ...hexForms('document', document),
      ...ana.engine.spaces().flatMap(({ space }) => hexForms('space', space)),
    ]);
    expect([...(await foundAt(relay, sought))]).toEqual([]);
    await ana.engine.stop();
    await ana.closeStore();
  }, 60_000);
});
