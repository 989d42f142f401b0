/** Checkpoints that stand beside each other: written apart, pruned by apart, met again; nobody is left behind, whoever joins and whenever. */
import type { DocumentId } from '@leanvibe/protocol/ids';
import { describe, expect, test } from 'vitest';
import type { MemoryPair } from '@leanvibe/core/internal/memory/channel';
import { LONG } from '../help/needs.js';
import { createWorld, type Device, type World } from '../help/world.js';

const MINUTE = 60_000;
const canonical = async (device: Device, document: DocumentId): Promise<string> =>
  Buffer.from((await device.engine.canonical(device.engine.home(), document)) ?? []).toString('hex');

/** Empty when every device shows the same of every document, records are sound and nothing waits for anything. */
async function amiss(devices: readonly Device[], documents: readonly DocumentId[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [at, document] of documents.entries()) {
    const first = await canonical(devices[0] as Device, document);
    for (const one of devices) {
      const home = one.engine.home();
      if ((await canonical(one, document)) !== first) found.push(`${one.name} shows another ${at}`);
      for (const { state, reason } of await one.engine.why(home, [document]))
        if (state !== 'in-step') found.push(`${one.name} ${at}: ${state} ${reason}`);
    }
  }
  for (const one of devices)
    for (const { document, sound, wrongVerdicts } of (await one.engine.audit(one.engine.home()))?.documents ?? [])
      if (!sound || wrongVerdicts.length > 0) found.push(`${one.name} ${documents.indexOf(document)}: audit`);
  return found;
}

/** Devices of one person that write, part, meet, restart and are joined by others at any moment; then everybody meets. */
async function season(seed: string): Promise<{ readonly amiss: readonly string[]; readonly pruned: number }> {
  const world = createWorld(seed, { checkpointTailMin: 3_000 });
  const { random } = world;
  const devices: Device[] = [];
  for (let at = 0; at < 4; at++) devices.push(await world.device(`device${at}`));
  for (const one of devices.slice(1)) await world.pair(devices[0] as Device, one);
  const wires = new Map<string, MemoryPair>();
  const wire = (a: number, b: number): void => {
    const name = `${Math.min(a, b)}-${Math.max(a, b)}`;
    if (a === b || wires.has(name)) return;
    wires.set(name, world.link(devices[a] as Device, devices[b] as Device));
  };
  const cut = (name: string): void => {
    const pair = wires.get(name);
    if (pair !== undefined) world.cut(pair);
    wires.delete(name);
  };
  const joins = async (): Promise<void> => {
    const next = await world.device(`device${devices.length}`);
    const host = random.below(devices.length);
    await world.pair(devices[host] as Device, next);
    devices.push(next);
    wire(host, devices.length - 1);
    await world.run(1_000);
  };
  const documents = Array.from({ length: 3 }, () => (devices[0] as Device).engine.newDocument());
  for (let at = 1; at < devices.length; at++) wire(0, at);
  await world.run();
  const write = async (one: Device): Promise<void> => {
    const document = random.pick(documents);
    const { text } = (await one.view(document, { type: 'note' })) as { readonly text: string };
    const from = random.chance(0.7) ? text.length : random.below(text.length + 1);
    const to = random.chance(0.2) ? Math.min(text.length, from + random.below(60)) : from;
    await one.edit(document, { type: 'note.replace', from, to, text: `${one.name} ${'x'.repeat(random.below(300))}\n` });
  };
  for (let step = 0; step < 120; step++) {
    const what = random.below(20);
    const [a, b] = [random.below(devices.length), random.below(devices.length)];
    if (what < 10) await write(devices[a] as Device);
    else if (what < 13) wire(a, b);
    else if (what < 15 && wires.size > 0) cut(random.pick([...wires.keys()]));
    else if (what === 15 && devices.length < 7) await joins();
    else if (what === 16) {
      for (const name of [...wires.keys()]) if (name.split('-').includes(String(a))) cut(name);
      devices[a] = await world.restart(devices[a] as Device);
    } else await world.run(random.pick([300, 2_000, 20_000, 2 * MINUTE, 8 * MINUTE]));
    await world.run(random.pick([0, 50, 300]));
  }
  for (let at = 1; at < devices.length; at++) wire(0, at);
  await world.run(random.pick([1_000, 15_000, 3 * MINUTE]));
  await joins();
  wire(0, devices.length - 1);
  await world.run(random.pick([1_000, MINUTE]));
  for (const one of devices) await write(one);
  await world.run(30 * MINUTE);
  const wrong = await amiss(devices, documents);
  await joins();
  wire(1, devices.length - 1);
  await world.run(5 * MINUTE);
  let pruned = 0;
  for (const one of devices)
    for (const row of await one.store.rows(one.engine.home(), 2, 0, { rows: 1e6, bytes: 1e9 })) if (row.sealed === null) pruned++;
  return { amiss: [...wrong, ...(await amiss(devices, documents))], pruned };
}

describe('checkpoints beside each other', () => {
  test('C36 K5 K6 one that nobody can vouch for any more holds nobody up: all of it is here', async () => {
    const world: World = createWorld('beside');
    const [ana, bob, cyd] = [await world.device('ana'), await world.device('bob'), await world.device('cyd')];
    await world.pair(ana, bob);
    await world.pair(ana, cyd);
    const note = ana.engine.newDocument();
    world.link(ana, bob);
    const away = world.link(ana, cyd);
    await ana.edit(note, { type: 'note.append', text: 'base ' });
    await world.run();
    world.cut(away);
    // Apart, each side writes its own checkpoint; only one of them has somebody who attests it.
    await cyd.edit(note, { type: 'note.append', text: 'c'.repeat(75_000) });
    await ana.edit(note, { type: 'note.append', text: 'a'.repeat(130_000) });
    await world.run(10 * MINUTE);
    world.link(ana, cyd);
    await world.run(10 * MINUTE);
    const all = [ana, bob, cyd];
    expect(await amiss(all, [note])).toEqual([]);
    for (const one of all) await one.edit(note, { type: 'note.append', text: one.name });
    await world.run(10 * MINUTE);
    expect(await amiss(all, [note])).toEqual([]);
    const { text } = (await bob.view(note, { type: 'note' })) as { readonly text: string };
    for (const one of all) expect(text).toContain(one.name);
  });

  const SEEDS = LONG ? 500 : 4;
  test(`C35 C36 K3 K5 K6 ${SEEDS} seasons of writing apart end alike at every device, newcomers too`, { timeout: 3_600_000 }, async () => {
    let all = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { amiss: wrong, pruned } = await season(`season-${seed}`);
      expect(wrong, `season-${seed}`).toEqual([]);
      all += pruned;
    }
    expect(all).toBeGreaterThan(0);
  });
});
