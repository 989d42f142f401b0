/** Documents at rest (C37): a small one is tidied up once nobody writes to it, when somebody is there to vouch; busy and lonely ones are left alone. */
import type { DocumentId } from '@leanvibe/protocol/ids';
import { describe, expect, test } from 'vitest';
import { createWorld, type Device, type World } from '../help/world.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function pruned(device: Device): Promise<number> {
  const rows = await device.store.rows(device.engine.home(), 2, 0, { rows: 1e6, bytes: 1e9 });
  return rows.filter((row) => row.sealed === null).length;
}

async function write(world: World, device: Device, document: DocumentId, changes: number): Promise<void> {
  for (let at = 0; at < changes; at++) {
    await device.edit(document, { type: 'note.append', text: `${device.name} ${at}\n` });
    await world.run(300);
  }
}

async function two(
  seed: string,
): Promise<{ readonly world: World; readonly ana: Device; readonly bob: Device; readonly note: DocumentId }> {
  const world = createWorld(seed);
  const [ana, bob] = [await world.device('ana'), await world.device('bob')];
  await world.pair(ana, bob);
  return { world, ana, bob, note: ana.engine.newDocument() };
}

describe('documents at rest', () => {
  test('C37 ten small changes are too few for a busy document and enough for one that rested for an hour', async () => {
    const { world, ana, bob, note } = await two('rest');
    world.link(ana, bob);
    await write(world, ana, note, 10);
    await world.run(50 * MINUTE);
    expect([await pruned(ana), await pruned(bob)]).toEqual([0, 0]);
    // One more edit, and the hour begins anew.
    await write(world, bob, note, 1);
    await world.run(50 * MINUTE);
    expect([await pruned(ana), await pruned(bob)]).toEqual([0, 0]);
    await world.run(30 * MINUTE);
    expect([await pruned(ana), await pruned(bob)]).toEqual([11, 11]);
    for (const one of [ana, bob]) expect((await one.engine.audit(one.engine.home()))?.documents.every(({ sound }) => sound)).toBe(true);
  });

  test('C37 a few changes are left as they are however long the document rests', async () => {
    const { world, ana, bob, note } = await two('few');
    world.link(ana, bob);
    await write(world, ana, note, 2);
    await world.run(48 * HOUR);
    expect([await pruned(ana), await pruned(bob)]).toEqual([0, 0]);
  });

  test('C37 K7 with nobody connected nothing is written for nobody; the next meeting, however short, settles it', async () => {
    const { world, ana, bob, note } = await two('lonely');
    const cable = world.link(ana, bob);
    await write(world, ana, note, 10);
    world.cut(cable);
    await world.run(20 * HOUR);
    expect(ana.events.filter((event) => event.type === 'checkpoint')).toEqual([]);
    world.link(ana, bob);
    await world.run(5 * MINUTE);
    expect([await pruned(ana), await pruned(bob)]).toEqual([10, 10]);
    const texts = await Promise.all([ana, bob].map((one) => one.view(note, { type: 'note' })));
    expect(texts[0]).toEqual(texts[1]);
  });

  test('C37 what rested while the program was not running is looked at when it runs again', async () => {
    const { world, ana, bob, note } = await two('restart');
    const cable = world.link(ana, bob);
    await write(world, ana, note, 10);
    world.cut(cable);
    const [again, other] = [await world.restart(ana), await world.restart(bob)];
    world.link(again, other);
    await world.run(HOUR + 10 * MINUTE);
    expect([await pruned(again), await pruned(other)]).toEqual([10, 10]);
  });
});
