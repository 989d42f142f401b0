/** The graph: places, waiting, refusals, forks; and what a link cites. */
import { describe, expect, it } from 'vitest';
import type { LinkId } from '@leanvibe/protocol/ids';
import { createGraph } from '@leanvibe/core/internal/group/graph';
import { createResolver } from '@leanvibe/core/internal/group/resolve';
import { WAITING_MAX } from '@leanvibe/core/internal/group/waiting';
import { act, device, digest, foundWorld, FRONTIER, linkFrom } from './world.js';

function chain(length: number) {
  const world = foundWorld('ann');
  for (let at = 0; at < length; at++) world.say('ann.computer', act.addDevice(`ann.phone.${at}`));
  return world;
}

describe('graph', () => {
  it('C3 P1: links wait for their parents and join by themselves', () => {
    const { links, space } = chain(6);
    const graph = createGraph(space);
    const backwards = [...links].reverse();
    expect(backwards.slice(0, -1).map((link) => graph.add(link).state)).toEqual(Array.from({ length: 6 }, () => 'waiting'));
    expect(graph.missing()).toContain(links[0]!.id);
    const last = graph.add(links[0]!);
    expect(last).toEqual({ state: 'added', links: links.map((link) => link.id), refused: [] });
    expect(graph.heads()).toEqual([links[6]!.id]);
    expect(graph.order()).toEqual(links.map((link) => link.id));
    expect(graph.add(links[3]!).state).toBe('known');
    expect(graph.nextIndex(device('ann.computer'))).toBe(7);
  });

  it('P9: the waiting room is bounded, and a full one is no verdict', () => {
    const { space } = chain(0);
    const graph = createGraph(space);
    const stray = (at: number) =>
      linkFrom({
        space,
        parents: [digest(`stray ${at}`) as LinkId],
        author: device('ann.computer'),
        index: 1,
        operation: act.addDevice('ann.phone'),
      });
    for (let at = 0; at < WAITING_MAX; at++) graph.add(stray(at));
    expect(graph.add(stray(WAITING_MAX))).toEqual({ state: 'full' });
  });

  it('C3: a wrong space, a wrong index, and what stands on a refused link are refused in any order', () => {
    const { links, space, genesis } = chain(1);
    const body = { space, parents: [genesis.id], author: device('ann.computer'), operation: act.removeDevice('ann.phone.0') };
    const skipped = linkFrom({ ...body, index: 2 });
    const child = linkFrom({ ...body, parents: [skipped.id], index: 3 });
    const graph = createGraph(space);
    graph.add(links[0]!);
    expect(graph.add(linkFrom({ ...body, space: FRONTIER as never, index: 1 }))).toEqual({ state: 'refused', reason: 'wrong-space' });
    expect(graph.add(skipped)).toEqual({ state: 'refused', reason: 'index' });
    expect(graph.add(child)).toEqual({ state: 'refused', reason: 'parent' });
    const other = createGraph(space);
    other.add(child);
    other.add(skipped);
    expect(other.add(links[0]!)).toEqual({ state: 'added', links: [links[0]!.id], refused: [skipped.id, child.id] });
    expect(other.heads()).toEqual(graph.heads());
  });

  it('C3 C5: two links of one device with one index are a fork proof, with the last common link', () => {
    const world = chain(2);
    const [, first, second] = world.links;
    const left = world.say('ann.computer', act.addDevice('ann.browser'), [first!]);
    expect(world.graph.forkProofs()).toEqual([
      { device: device('ann.computer'), index: 2, links: [left.id, second!.id].sort(), lastCommon: first!.id },
    ]);
    expect(world.graph.isAncestor(first!.id, left.id)).toBe(true);
    expect(world.graph.isAncestor(second!.id, left.id)).toBe(false);
    expect(world.graph.includes([left.id], left.id)).toBe(true);
  });

  it('G21: a void link is not cited but what it stands on is, and so are both sides of a fork', () => {
    const world = foundWorld('ann');
    const admit = world.say('ann.computer', act.addPerson('bob', 'editor', 'bob.computer'));
    const resolver = createResolver(world.graph);
    const fine = world.say('bob.computer', act.addDevice('bob.phone'), [admit]);
    const bold = world.say('bob.computer', act.removePerson('ann'), [fine]);
    expect(world.graph.heads()).toEqual([bold.id]);
    expect(resolver.cite()).toEqual([fine.id]);
    // But by its own author, whose next link would otherwise not follow in its line.
    expect(resolver.cite(device('bob.computer'))).toEqual([bold.id]);
    expect(resolver.cite(device('ann.computer'))).toEqual([fine.id]);
    const fork = world.say('bob.computer', act.addDevice('bob.browser'), [fine]);
    expect(resolver.cite()).toEqual([bold.id, fork.id].sort());
  });

  it('C6: heads unknown here have no membership', () => {
    const world = chain(1);
    const resolver = createResolver(world.graph);
    expect(resolver.at([FRONTIER as never])).toBeNull();
    expect(resolver.mayWrite([FRONTIER as never], device('ann.computer'), world.genesis.id)).toBe(false);
    expect(resolver.mayWrite([world.genesis.id], device('ann.computer'), world.genesis.id)).toBe(true);
    expect(resolver.mayWrite([world.genesis.id], device('ann.phone.0'), world.links[1]!.id)).toBe(false);
  });
});
