/** A store put back from before a checkpoint that covers what it wrote since (C36, C44): it learns its own past from others, and loses nothing. */
import { expect, test } from 'vitest';
import { createWorld, type Device, type World } from '../help/world.js';
import type { DocumentId } from '@leanvibe/protocol/ids';

const MINUTE = 60_000;

async function write(world: World, device: Device, document: DocumentId, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    await device.edit(document, { type: 'note.append', text });
    await world.run(300);
  }
}

test('C36 C44 P2 an older image numbers nothing again that a checkpoint covers: its person is told, and its words are kept', async () => {
  const world = createWorld('older', { checkpointTailMin: 1_000 });
  const [ana, bob] = [await world.device('ana'), await world.device('bob')];
  await world.pair(ana, bob);
  const note = ana.engine.newDocument();
  const cable = world.link(ana, bob);
  await write(world, ana, note, ['one. ']);
  await write(world, bob, note, ['bob. ']);
  const image = ana.store.image();
  await write(world, ana, note, ['two. ', 'three. ', 'four. ']);
  await world.run(5 * MINUTE);
  const rows = await bob.store.rows(bob.engine.home(), 2, 0, { rows: 1e6, bytes: 1e9 });
  expect(rows.filter((row) => row.sealed === null).length).toBeGreaterThan(3);
  world.cut(cable);
  const older = await world.putBack(ana, image);
  await older.edit(note, { type: 'note.append', text: 'alone. ' });
  world.link(older, bob);
  await write(world, older, note, ['at once. ']);
  await world.run(5 * MINUTE);
  expect(older.events).toContainEqual(expect.objectContaining({ type: 'alarm', alarm: 'cloned' }));
  expect(older.engine.cloned()).toBe(true);
  await older.engine.goOnAsOnlyCopy();
  await world.run(5 * MINUTE);
  const shown = (await bob.view(note, { type: 'note' })) as { readonly text: string };
  for (const text of ['one. ', 'bob. ', 'two. ', 'three. ', 'four. ', 'alone. ', 'at once. ']) expect(shown.text).toContain(text);
  expect(await older.view(note, { type: 'note' })).toEqual(shown);
  expect(older.engine.cloned()).toBe(false);
  for (const one of [older, bob])
    for (const { forks, changes } of (await one.engine.audit(one.engine.home()))?.documents ?? []) {
      expect(forks).toEqual([]);
      expect(changes.filter(({ verdict }) => verdict !== 'applied')).toEqual([]);
    }
});
