/** One seeded run of blind nodes: any order of deliveries, cuts, crashes, restores and full disks ends in equal logs. */
import { LANES, type Lane, StoreFull } from '@leanvibe/core/internal/ports/store';
import { expect } from 'vitest';
import {
  checkCursors,
  checkLog,
  createDice,
  createWorld,
  type Dice,
  flush,
  makeSealed,
  nextName,
  SPACE,
  type World,
  type WorldOptions,
} from './world.js';

const SHAPES: readonly (readonly [names: string, links: string])[] = [
  ['ab', 'ab'],
  ['abc', 'ab bc'],
  ['abc', 'ab bc ac'],
  ['abcd', 'ab bc cd'],
  ['abcd', 'ab bc cd ad'],
];

export interface Did {
  [what: string]: number;
}

interface Run {
  readonly world: World;
  readonly dice: Dice;
  readonly names: readonly string[];
  readonly links: readonly (readonly [string, string])[];
  readonly did: Did;
  readonly known: { lane: Lane; sealed: Uint8Array }[];
}

function note(did: Did, what: string, by = 1): void {
  did[what] = (did[what] ?? 0) + by;
}

function pick<T>(dice: Dice, items: readonly T[]): T {
  return items[dice.below(items.length)] as T;
}

function append(run: Run, name: string, count: number): void {
  const lane = pick(run.dice, [0, 1, 2, 2, 2, 2] as const);
  for (let at = 0; at < count; at++) {
    const again = run.known.length > 0 && run.dice.below(12) === 0;
    const entry = again ? pick(run.dice, run.known) : { lane, sealed: makeSealed(lane, nextName()) };
    if (again) note(run.did, 'same entry written twice');
    run.known.push(entry);
    note(run.did, 'entries written');
    run.world.append(name, entry.lane, entry.sealed).catch((error: unknown) => {
      if (!(error instanceof StoreFull)) throw error;
      note(run.did, 'local writes refused by a full disk');
    });
  }
}

function act(run: Run): void {
  const { world, dice, did } = run;
  const name = pick(dice, run.names);
  const one = world.node(name);
  const [a, b] = pick(dice, run.links);
  const loaded = world.loaded();
  const roll = dice.below(100);
  if (roll < 48 && loaded.length > 0) {
    world.deliver(pick(dice, loaded));
    note(did, 'delivered one by one');
  } else if (roll < 68) {
    if (one.waiting.length > 0) note(did, 'store operations released one by one');
    world.release(name);
  } else if (roll < 76) append(run, name, 1 + dice.below(3));
  else if (roll < 77) append(run, name, 70 + dice.below(60));
  else if (roll < 85) world.connect(a, b);
  else if (roll < 88) {
    if (world.isConnected(a, b)) note(did, loaded.length > 0 ? 'cuts with messages on the way' : 'cuts');
    world.disconnect(a, b);
  } else if (roll < 89) {
    note(did, one.waiting.length > 0 ? 'crashes between effects' : 'crashes at rest');
    world.crash(name);
  } else if (roll < 90) {
    const image = pick(dice, one.images.length > 0 ? one.images : [one.store.image()]);
    const as = dice.below(3) === 0 ? 'same' : 'restored';
    note(did, `restores (${as})`);
    world.restore(name, image, as);
    // Another history that is longer than what the peers have read: only the prefix hash can tell.
    if (as === 'same' && dice.below(2) === 0) append(run, name, 1 + dice.below(60));
  } else if (roll < 92) one.images.push(one.store.image());
  else if (roll < 93) {
    one.full = 1 + dice.below(4);
    note(did, 'full disks');
  } else if (roll < 98) world.clock.tick();
  else one.gated = !one.gated;
}

/** Predicate 4: what a conversation says its peer holds, the peer holds. */
function checkHolds(run: Run): void {
  for (const one of run.world.nodes.values()) {
    for (const [peer, sync] of one.syncs) {
      const theirs = run.world.node(peer).store.image().spaces.get(SPACE);
      const ours = one.store.image().spaces.get(SPACE);
      const { peerHolds } = sync.status();
      for (const lane of LANES) {
        for (const entryId of ours?.ids(lane).slice(0, peerHolds[lane]) ?? []) {
          note(run.did, 'held positions checked');
          if (theirs?.has(entryId) !== true) throw new Error(`${one.name} believes ${peer} holds ${entryId}`);
        }
      }
    }
  }
}

/** Throws with the seed's number when a predicate does not hold; counts in `did` what really happened. */
export async function runSeed(seed: number, did: Did, mutation: Pick<WorldOptions, 'mutateCommit' | 'mutateMessage'> = {}): Promise<void> {
  const dice = createDice(seed);
  const [names, links] = pick(dice, SHAPES);
  const world: World = createWorld([...names], {
    ...mutation,
    dice,
    onCommitted: (node, batch) => note(did, 'cursor entries checked', checkCursors(world, node, batch)),
  });
  const run: Run = {
    world,
    dice,
    did,
    known: [],
    names: [...names],
    links: links.split(' ').map((link) => [link.charAt(0), link.charAt(1)] as const),
  };
  for (const one of world.nodes.values()) one.gated = dice.below(2) === 0;
  for (const [a, b] of run.links) if (dice.below(4) > 0) world.connect(a, b);
  for (let at = 0, acts = 100 + dice.below(400); at < acts; at++) {
    act(run);
    if (dice.below(4) > 0) await flush();
    if (at % 16 === 0) checkHolds(run);
  }
  await heal(run);
  expect(world.failures.join('\n'), `seed ${seed}`).toBe('');
  const first = await world.ids(run.names[0] as string);
  for (const name of run.names) {
    expect(await world.ids(name), `seed ${seed}: ${name} holds what ${run.names[0]} holds`).toEqual(first);
    await checkLog(world.node(name).store);
    for (const [peer, sync] of world.node(name).syncs) {
      expect(sync.status(), `seed ${seed}: ${name} and ${peer} are at rest`).toMatchObject({ idle: true, pendingOut: 0, pendingIn: 0 });
    }
  }
  checkHolds(run);
  await quietSession(run, seed);
  for (const tap of world.taps) note(did, `sent ${tap.message.type}`);
  for (const one of world.nodes.values()) for (const report of one.reports) note(did, `report ${report.type}`);
  for (const one of world.nodes.values())
    expect(
      one.reports.filter((report) => report.type === 'closed' || report.type === 'refused'),
      `seed ${seed}`,
    ).toEqual([]);
}

async function heal(run: Run): Promise<void> {
  for (const one of run.world.nodes.values()) one.full = 0;
  await run.world.settle();
  for (const [a, b] of run.links) run.world.connect(a, b);
  await run.world.settle();
}

/** Predicate 7: another session moves no entry, in at most two messages each way. */
async function quietSession(run: Run, seed: number): Promise<void> {
  const { world } = run;
  for (const [a, b] of run.links) world.disconnect(a, b);
  await world.settle();
  const before = world.taps.length;
  for (const [a, b] of run.links) world.connect(a, b);
  await world.settle();
  const said = world.taps.slice(before);
  const more = said.filter((tap) => tap.message.type !== 'heads' && tap.message.type !== 'cursors');
  expect(more.map((tap) => `${tap.from}>${tap.to} ${JSON.stringify(tap.message)}`).join('\n'), `seed ${seed}: a quiet session`).toBe('');
  for (const [a, b] of run.links) expect(said.filter((tap) => tap.from === a && tap.to === b).length).toBeLessThanOrEqual(2);
}
