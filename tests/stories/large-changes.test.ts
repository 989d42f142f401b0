/** Changes too large for one entry are inspected apart: whoever else edits is not kept waiting, and nothing is lost over it. */
import type { Replicas } from '@leanvibe/core/internal/doc/crdt';
import { ReplicaClosed } from '@leanvibe/core/internal/doc/host';
import { expect, test } from 'vitest';
import { createWorld, type Device } from '../help/world.js';

const LARGE = '語'.repeat(100_000);
const LARGE_BYTES = 256 * 1024;

type Gate = (look: () => ReturnType<Replicas['inspect']>) => ReturnType<Replicas['inspect']>;

/** Bob's inspections of large changes go through the gate. */
function gated(gate: () => Gate): (name: string, real: Replicas) => Replicas {
  return (name, real) => ({
    ...real,
    inspect: (kind, payload, as) => {
      const look = (): ReturnType<Replicas['inspect']> => real.inspect(kind, payload, as);
      return name === 'Bob' && payload.length > LARGE_BYTES ? gate()(look) : look();
    },
  });
}

const note = async (device: Device, document: Awaited<ReturnType<Device['engine']['newDocument']>>): Promise<number> =>
  ((await device.view(document, { type: 'note' })) as { readonly text: string }).text.length;

test('P9 C19 C23 while a large change is inspected other edits come through; a crash in between loses nothing', async () => {
  let open: (() => void)[] = [];
  let shut = true;
  const gate: Gate = async (look) => {
    if (shut) await new Promise<void>((go) => open.push(go));
    return look();
  };
  const world = createWorld('large-apart', { replicas: gated(() => gate), checkpointTailMin: 1e9 });
  const [ana, bob] = [await world.device('Ana'), await world.device('Bob')];
  await world.pair(ana, bob);
  const pair = world.link(ana, bob);
  await world.run(1_000);
  const [large, small] = [ana.engine.newDocument(), ana.engine.newDocument()];
  await ana.edit(large, { type: 'note.append', text: LARGE });
  await world.run(1_000);
  await ana.edit(small, { type: 'note.append', text: 'small' });
  await ana.edit(large, { type: 'note.append', text: 'more' });
  await world.run(1_000);
  expect(open).toHaveLength(1);
  expect(await note(bob, small)).toBe(5);
  expect(await note(bob, large)).toBe(0);

  world.cut(pair);
  open = [];
  // Killed, not stopped: it goes on with what its disk held.
  const again = await world.twin(bob);
  await world.run(1_000);
  expect(open).toHaveLength(1);
  expect(await note(again, large)).toBe(0);
  shut = false;
  for (const go of open) go();
  await world.run(1_000);
  expect(await note(again, large)).toBe(LARGE.length + 4);
  expect(again.engine.refusals()).toEqual({});
});

test('P9 C19 C23 an inspection that fails is begun again: the worker ended, the change comes later', async () => {
  let fails = 2;
  const gate: Gate = async (look) => {
    if (fails-- > 0) throw new ReplicaClosed('the worker ended');
    return look();
  };
  const world = createWorld('large-again', { replicas: gated(() => gate) });
  const [ana, bob] = [await world.device('Ana'), await world.device('Bob')];
  await world.pair(ana, bob);
  world.link(ana, bob);
  await world.run(1_000);
  const large = ana.engine.newDocument();
  await ana.edit(large, { type: 'note.append', text: LARGE });
  await world.run(30_000);
  expect(await note(bob, large)).toBe(LARGE.length);
  expect(fails).toBeLessThan(0);
});
