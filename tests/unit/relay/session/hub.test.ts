/** Who is connected on one copy: what they share is of one run of the database, and ends with it. */
import { createLocalBus } from '@leanvibe/relay/internal/bus/local';
import { createHub, type Hub } from '@leanvibe/relay/internal/session/hub';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../../../help/clock.js';
import { createRelayMemory, type RelayMemory } from '../../../help/relay-memory.js';
import { keysOf, mailboxOf, spaceIn } from '../../../help/relay-store.js';
import { bytesOf, chance, entryOf, silent } from '../../../help/store-things.js';

const BOX = mailboxOf(1);

interface Stage {
  readonly hub: Hub;
  readonly clock: VirtualClock;
  readonly ended: string[];
  /** Puts another database in the place of the one there is. */
  replace(by: RelayMemory, name: string): void;
  enter(device: string): void;
}

function stage(first: RelayMemory): Stage {
  const clock = createVirtualClock();
  const at = { store: first, name: 'first' };
  const store = new Proxy(first, {
    get: (_, key: keyof RelayMemory) =>
      key === 'run' ? () => Promise.resolve({ name: at.name, storeId: at.store.id }) : Reflect.get(at.store, key),
  });
  const hub = createHub({ clock, logger: silent, bus: createLocalBus({ logger: silent }), store });
  onTestFinished(() => hub.stop());
  const ended: string[] = [];
  const nothing = (): void => undefined;
  return {
    hub,
    clock,
    ended,
    replace: (by, name) => void Object.assign(at, { store: by, name }),
    enter: (device) => void hub.enter({ account: 'a', device, revoked: nothing, made: nothing, anew: () => ended.push(device) }),
  };
}

async function memory(count: number): Promise<RelayMemory> {
  const store = createRelayMemory(chance);
  await store.make(BOX, 'a', keysOf(1), 1e6);
  await store.commit({ entries: Array.from({ length: count }, (_, at) => entryOf(bytesOf(at, 100), { space: spaceIn(BOX) })) });
  return store;
}

describe('the hub', () => {
  test('C33 sums of a database that was replaced are not those of the next, also while somebody is still inside', async () => {
    const { hub, replace } = stage(await memory(5));
    const nothing = (): void => undefined;
    hub.join(BOX, { grown: nothing, reached: () => 0, judged: () => keysOf(1), changed: nothing, presence: nothing });
    const before = await hub.databaseRun();
    const sums = hub.sums(BOX, before);
    expect(hub.sums(BOX, before)).toBe(sums);
    expect((await sums.tree(2)).sum('').count).toBe(5);
    replace(await memory(3), 'second');
    const next = hub.sums(BOX, await hub.databaseRun());
    expect((await next.tree(2)).sum('').count).toBe(3);
  });

  test('C33 everybody connected is sent away once when the database is another one, by whoever notices first', async () => {
    const { hub, clock, ended, enter, replace } = stage(await memory(1));
    for (const device of ['one', 'two']) enter(device);
    await hub.databaseRun();
    await clock.advance(20_000);
    expect(ended).toEqual([]);
    replace(await memory(0), 'second');
    await clock.advance(5_000);
    expect(ended).toEqual(['one', 'two']);
    await hub.databaseRun();
    expect(ended).toEqual(['one', 'two']);
    replace(await memory(0), 'third');
    await hub.databaseRun();
    expect(ended).toEqual(['one', 'two', 'one', 'two']);
  });
});
