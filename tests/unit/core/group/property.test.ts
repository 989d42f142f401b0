/** Random histories: the resolver against the slow program, against itself in other orders and subsets, and against what may never happen. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LinkId } from '@leanvibe/protocol/ids';
import { type Operation, ROLES } from '@leanvibe/protocol/link';
import { createGraph, type Graph } from '@leanvibe/core/internal/group/graph';
import type { Link } from '@leanvibe/core/internal/group/link';
import type { Membership } from '@leanvibe/core/internal/group/membership';
import { createResolver } from '@leanvibe/core/internal/group/resolve';
import { naive } from './naive.js';
import { act, device, foundWorld, linkFrom, person, receive, snapshot, type World } from './world.js';

const DEVICES = ['ann.computer', 'ann.paper', 'bob.computer', 'bob.phone', 'cat.computer', 'dan.computer', 'eve.computer', 'eve.phone'];
const PEOPLE = ['ann', 'bob', 'cat', 'dan', 'eve'];

function team(): World {
  const world = foundWorld('ann');
  world.say('ann.computer', act.addDevice('ann.paper'));
  world.say('ann.computer', act.addPerson('bob', 'owner', 'bob.computer'));
  world.say('bob.computer', act.addDevice('bob.phone'));
  world.say('ann.computer', act.addPerson('cat', 'admin', 'cat.computer'));
  world.say('cat.computer', act.addPerson('dan', 'editor', 'dan.computer'));
  return world;
}

const someone = fc.constantFrom(...PEOPLE);
const something: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: someone.map(act.removePerson) },
  { weight: 3, arbitrary: fc.constantFrom(...DEVICES).map(act.removeDevice) },
  { weight: 4, arbitrary: fc.tuple(someone, fc.constantFrom(...ROLES)).map(([name, role]) => act.setRole(name, role)) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom('eve', 'dan', 'cat'), fc.constantFrom(...ROLES))
      .map(([name, role]) => act.addPerson(name, role, `${name}.computer`)),
  },
  { weight: 3, arbitrary: fc.constantFrom(...DEVICES).map(act.addDevice) },
  { weight: 1, arbitrary: fc.constant(act.succeed('bob.computer', 'bob.phone')) },
  { weight: 1, arbitrary: fc.constant(act.accept('change')) },
  { weight: 1, arbitrary: fc.constant(act.drop('change')) },
  { weight: 3, arbitrary: fc.constantFrom('red', 'blue').map((name) => act.openMailbox(name)) },
  { weight: 2, arbitrary: fc.constantFrom('red', 'blue').map((name) => act.closeMailbox(name)) },
  // A device that consented to two persons.
  { weight: 2, arbitrary: fc.constantFrom('eve', 'cat', 'dan').map((name) => act.addPerson(name, 'admin', 'eve.phone')) },
);
interface Step {
  readonly author: string;
  readonly operation: Operation;
  /** Which of the earlier links the author had seen, one bit each; what those rest on comes along. */
  readonly seen: number;
  /** An honest device knows its own last link. */
  readonly honest: boolean;
}
const step: fc.Arbitrary<Step> = fc.record({
  author: fc.constantFrom(...DEVICES),
  operation: something,
  seen: fc.integer({ min: 0, max: 0xffff }),
  honest: fc.boolean().chain((one) => (one ? fc.constant(true) : fc.integer({ min: 0, max: 3 }).map((dice) => dice > 0))),
});

function history(world: World, steps: readonly Step[]): readonly Link[] {
  const made: Link[] = [];
  const all = new Map<LinkId, Link>(world.links.map((link) => [link.id, link]));
  const close = (link: Link, into: Set<LinkId>): void => {
    if (into.has(link.id)) return;
    into.add(link.id);
    for (const parent of link.body.parents) close(all.get(parent)!, into);
  };
  for (const { author, operation, seen, honest } of steps) {
    const known = new Set<LinkId>();
    for (const head of world.graph.heads()) close(all.get(head)!, known);
    made.forEach((link, at) => {
      if ((seen >> at) & 1 || (honest && link.body.author === device(author))) close(link, known);
    });
    const parents = [...known].filter((id) => ![...known].some((other) => all.get(other)!.body.parents.includes(id))).sort();
    const own = [...known].map((id) => all.get(id)!).filter((link) => link.body.author === device(author));
    const index = own.reduce((next, link) => Math.max(next, link.body.index + 1), 0);
    const link = linkFrom({ space: world.space, parents, author: device(author), index, operation });
    if (parents.length > 16 || all.has(link.id)) continue;
    all.set(link.id, link);
    made.push(link);
  }
  return made;
}

function load(world: World, links: readonly Link[]): Graph {
  const graph = createGraph(world.space);
  for (const link of links) graph.add(link);
  return graph;
}
function brief(membership: Membership, links: readonly Link[]): string {
  const members = membership.persons.map((one) => `${one.person} ${ROLES.indexOf(one.role)} ${one.devices.join()}`);
  const mailboxes = membership.mailboxes.map((one) => `${one.relay} ${one.mailbox} ${one.link}`);
  return [...members, ...mailboxes, ...links.map((link) => membership.verdict(link.id))].join('\n');
}
const targets = (operation: Operation): readonly string[] => {
  if (operation.type === 'remove-device') return [operation.device];
  if (operation.type === 'succeed') return [operation.previous];
  return operation.type === 'remove-person' || operation.type === 'set-role' ? [operation.person] : [];
};

describe('random histories', () => {
  it('C4 P1 P10 G24: the resolver and the slow program agree', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 10 }), (steps) => {
        const world = team();
        const links = [...world.links, ...history(world, steps)];
        const right = naive(links);
        const text = [...right.members, ...right.mailboxes, ...links.map((link) => right.verdicts.get(link.id))].join('\n');
        expect(brief(createResolver(load(world, links)).now(), links)).toBe(text);
      }),
      { numRuns: 400 },
    );
  });

  it('P1 G24: every order of delivery, with duplicates and looks between, gives one membership', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 16 }), fc.array(fc.nat(), { minLength: 16, maxLength: 16 }), (steps, dice) => {
        const world = team();
        const links = [...world.links, ...history(world, steps)];
        const right = snapshot(receive(world.space, links));
        const shuffled = links.map((link, at) => ({ link, key: (dice[at % 16]! * (at + 1)) % 9973 })).sort((a, b) => a.key - b.key);
        const graph = createGraph(world.space);
        const resolver = createResolver(graph);
        for (const { link } of [...shuffled, ...shuffled.slice(0, 3)]) {
          graph.add(link);
          if (link.body.index % 2 === 0) resolver.now();
        }
        expect(graph.missing()).toEqual([]);
        expect(snapshot(resolver.now())).toBe(right);
      }),
      { numRuns: 300 },
    );
  });

  it('C4 C6: membership at any heads is that of a device which holds their closure and nothing else', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 14 }), fc.array(fc.nat(), { minLength: 6, maxLength: 6 }), (steps, picks) => {
        const world = team();
        const links = [...world.links, ...history(world, steps)];
        const graph = load(world, links);
        const resolver = createResolver(graph);
        resolver.now();
        for (let at = 0; at < picks.length; at += 2) {
          const heads = [links[picks[at]! % links.length]!.id, links[picks[at + 1]! % links.length]!.id];
          const part = links.filter((link) => graph.includes(heads, link.id));
          expect(snapshot(resolver.at(heads)!)).toBe(snapshot(receive(world.space, part)));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('C4 P4: what nobody aimed at stands, a live device was added after all its removals, a void link gives nothing', () => {
    let stood = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 16 }), (steps) => {
        const world = team();
        const links = [...world.links, ...history(world, steps)];
        const graph = load(world, links);
        const resolver = createResolver(graph);
        const now = resolver.now();
        const aimedAt = new Set(links.flatMap((link) => targets(link.body.operation)));
        const forked = new Set(graph.forkProofs().map((proof) => proof.device));
        const founder = ['ann.computer', 'ann.paper'].map(device);
        const safe = !aimedAt.has(person('ann')) && founder.every((one) => !aimedAt.has(one) && !forked.has(one));
        for (const link of links) {
          const removal = ['remove-person', 'remove-device'].includes(link.body.operation.type);
          if (!safe || !removal || !founder.includes(link.body.author)) continue;
          if (resolver.at([link.id])!.verdict(link.id) !== 'valid') continue;
          const target = targets(link.body.operation)[0]!;
          const still = [...now.devices.values()].filter((one) => one.state === 'live' && (one.person === target || one.device === target));
          stood++;
          for (const one of still) expect(graph.isAncestor(link.id, one.addedBy)).toBe(true);
        }
        for (const one of now.devices.values()) {
          expect(now.verdict(one.addedBy)).toBe('valid');
          if (one.state !== 'live') continue;
          for (const removal of now.removals)
            if (removal.device === one.device && removal.cause === 'removed') expect(removal.addedBy).not.toBe(one.addedBy);
          expect(forked.has(one.device)).toBe(false);
        }
      }),
      { numRuns: 400 },
    );
    expect(stood).toBeGreaterThan(5);
  });
});
