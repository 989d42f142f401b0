/** Of a direct and a relayed channel to one peer both sides keep the direct one, whichever came first and whoever dialled. */
import { describe, expect, test } from 'vitest';
import { createMemoryPair, type MemoryPair } from '@leanvibe/core/internal/memory/channel';
import { createWorld, type Device, type World } from '../../../help/world.js';

function connect({ clock }: World, from: Device, to: Device, relayed: boolean): MemoryPair {
  const pair = createMemoryPair({ clock }, { left: from.engine.device, right: to.engine.device });
  const via = relayed ? 'relay-pipe' : 'tcp';
  from.engine.connect({ ...pair.left, relayed, via });
  to.engine.connect({ ...pair.right, relayed, via });
  return pair;
}

const vias = (device: Device): readonly string[] => device.engine.peers().map(({ via }) => via);

describe('C41 a direct channel before a relayed one', () => {
  test.each([
    [0, false],
    [0, true],
    [60_000, false],
    [60_000, true],
  ])('C41 the second one %i ms later, dialled by the other: %s', async (laterMs, crossed) => {
    for (const relayedFirst of [true, false]) {
      const world = createWorld(`relayed ${laterMs} ${String(crossed)} ${String(relayedFirst)}`);
      const [anna, bob] = [await world.device('anna'), await world.device('bob')];
      await world.pair(anna, bob);
      connect(world, anna, bob, relayedFirst);
      await world.clock.advance(laterMs);
      if (crossed) connect(world, bob, anna, !relayedFirst);
      else connect(world, anna, bob, !relayedFirst);
      await world.clock.advance(2_000);
      expect([relayedFirst, vias(anna), vias(bob)]).toEqual([relayedFirst, ['tcp'], ['tcp']]);
      expect(anna.engine.peers()[0]?.state).toBe('in-step');
    }
  });

  test('C41 when the direct one is lost, a relayed one is as good as any', async () => {
    const world = createWorld('relayed after');
    const [anna, bob] = [await world.device('anna'), await world.device('bob')];
    await world.pair(anna, bob);
    const direct = connect(world, anna, bob, false);
    await world.clock.advance(2_000);
    world.cut(direct);
    await world.clock.advance(100);
    connect(world, bob, anna, true);
    await world.clock.advance(2_000);
    expect([vias(anna), vias(bob)]).toEqual([['relay-pipe'], ['relay-pipe']]);
  });
});
