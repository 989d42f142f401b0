/** Every small history there is: what three people can do without knowing of each other, in every order of delivery. */
import { describe, expect, it } from 'vitest';
import { type Operation, ROLES } from '@leanvibe/protocol/link';
import { createGraph } from '@leanvibe/core/internal/group/graph';
import type { Link } from '@leanvibe/core/internal/group/link';
import type { Membership } from '@leanvibe/core/internal/group/membership';
import { createResolver } from '@leanvibe/core/internal/group/resolve';
import { naive } from './naive.js';
import { act, device, foundWorld, linkFrom, type World } from './world.js';

interface Deed {
  readonly author: string;
  readonly operation: Operation;
}

/** The members and verdicts of both programs, in one form. */
function outcome(membership: Membership, links: readonly Link[]): string {
  const members = membership.persons.map((one) => `${one.person} ${ROLES.indexOf(one.role)} ${one.devices.join()}`);
  return [...members, ...links.map((link) => membership.verdict(link.id))].join('\n');
}
function expected(links: readonly Link[]): string {
  const result = naive(links);
  return [...result.members, ...links.map((link) => result.verdicts.get(link.id))].join('\n');
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, at) => permutations([...items.slice(0, at), ...items.slice(at + 1)]).map((rest) => [item, ...rest]));
}

/** Each deed in turn after every set of earlier ones that its author may have known, its own line kept or forked. */
function* histories(world: World, deeds: readonly Deed[], length: number, made: readonly Link[] = []): Generator<readonly Link[]> {
  if (made.length === length) {
    yield made;
    return;
  }
  for (const deed of deeds) {
    for (let known = 0; known < 1 << made.length; known++) {
      const seen = made.filter((_, at) => (known >> at) & 1);
      const ids = new Set<string>(seen.map((one) => one.id));
      if (seen.some((one) => one.body.parents.some((parent) => made.some((other) => other.id === parent) && !ids.has(parent)))) continue;
      const tips = seen.filter((one) => !seen.some((other) => other.body.parents.includes(one.id)));
      const parents = tips.length > 0 ? tips.map((one) => one.id).sort() : world.graph.heads();
      const own = [...world.links, ...seen].filter((one) => one.body.author === device(deed.author)).map((one) => one.body.index + 1);
      const link = linkFrom({
        space: world.space,
        parents,
        author: device(deed.author),
        index: Math.max(0, ...own),
        operation: deed.operation,
      });
      // One set of links is one history, whichever of its links is thought of first.
      const last = made[made.length - 1];
      if (made.some((one) => one.id === link.id) || (last !== undefined && !parents.includes(last.id) && link.id < last.id)) continue;
      yield* histories(world, deeds, length, [...made, link]);
    }
  }
}

/** Checks every history against the slow program, and every order of delivery with a look after each link. */
function checkAll(world: World, deeds: readonly Deed[], length: number): { histories: number; orders: number; struck: number } {
  const count = { histories: 0, orders: 0, struck: 0 };
  for (const made of histories(world, deeds, length)) {
    count.histories++;
    const links = [...world.links, ...made];
    const right = expected(links);
    if (right.includes('struck') || right.includes('demoted')) count.struck++;
    for (const order of permutations(made)) {
      count.orders++;
      const graph = createGraph(world.space);
      const resolver = createResolver(graph);
      for (const link of world.links) graph.add(link);
      resolver.now();
      for (const link of order) {
        graph.add(link);
        resolver.now();
      }
      const got = outcome(resolver.now(), links);
      if (got !== right)
        expect(
          got,
          JSON.stringify(made, (_, one: unknown) => (one instanceof Uint8Array ? undefined : one), 1),
        ).toBe(right);
    }
  }
  return count;
}

function team(bob: 'owner' | 'admin', cat: 'owner' | 'admin' | 'editor'): World {
  const world = foundWorld('ann');
  world.say('ann.computer', act.addPerson('bob', bob, 'bob.computer'));
  world.say('ann.computer', act.addPerson('cat', cat, 'cat.computer'));
  return world;
}
const PEOPLE = ['ann', 'bob', 'cat'];
const others = (name: string): string[] => PEOPLE.filter((one) => one !== name);
const by = (name: string, ...operations: Operation[]): Deed[] => operations.map((operation) => ({ author: `${name}.computer`, operation }));

const removals = PEOPLE.flatMap((name) => by(name, ...others(name).map(act.removePerson)));
const admissions = PEOPLE.flatMap((name) => by(name, act.addPerson('pup', 'admin', 'pup.computer'), act.addDevice(`${name}.phone`)));
const demotions = PEOPLE.flatMap((name) => by(name, ...others(name).map((other) => act.setRole(other, 'editor'))));
const helper: Deed[] = [
  { author: 'pup.computer', operation: act.removePerson('ann') },
  { author: 'cat.phone', operation: act.removeDevice('cat.computer') },
];
const again = by('ann', act.addPerson('cat', 'editor', 'cat.computer'));

describe('every small history ends the same way everywhere', () => {
  it.each([
    [
      'C4 P1 P10: three owners, everything, two links',
      () => team('owner', 'owner'),
      [...removals, ...admissions, ...demotions, ...helper, ...again],
      2,
    ],
    [
      'C4 P1 P10: owner, admin, editor, everything, two links',
      () => team('admin', 'editor'),
      [...removals, ...admissions, ...demotions, ...helper, ...again],
      2,
    ],
    [
      'C4 P1 P10: three owners who remove each other and add people, three links',
      () => team('owner', 'owner'),
      [...removals, ...admissions.slice(0, 4), ...helper],
      3,
    ],
    [
      'C4 P1 P10: owner and two admins who demote and remove each other, three links',
      () => team('admin', 'admin'),
      [...removals.slice(0, 4), ...demotions.slice(0, 5), ...again],
      3,
    ],
    [
      'C4 P1 P10: two owners who remove each other and a third person, four links',
      () => team('owner', 'admin'),
      [...removals.slice(0, 3), ...admissions.slice(0, 1)],
      4,
    ],
  ] as const)(
    '%s',
    (title, world, deeds, length) => {
      const count = checkAll(world(), deeds, length);
      expect(count.struck).toBeGreaterThan(0);
      process.stdout.write(
        `${title}: ${count.histories} histories, ${count.orders} orders, ${count.struck} with a void link by concurrency\n`,
      );
    },
    120_000,
  );
});
