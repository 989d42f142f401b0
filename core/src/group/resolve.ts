/** The resolver: membership at any heads, remembered by heads and grown link by link where nothing else can change (C4, P1, P10). */
import type { DeviceId, EpochId, LinkId } from '@leanvibe/protocol/ids';
import { assert } from '../base/result.js';
import { citedFrom } from './cite.js';
import { type Clock, countOf, isWithin, sizeOf } from './clock.js';
import { type Holders, holdersOf } from './epochs.js';
import type { Graph } from './graph.js';
import { type Bench, judge, judgeOneMore, openCourt } from './judge.js';
import { type Court, type Judgement, VALID, verdictOf } from './judgement.js';
import type { Membership } from './membership.js';
import { EDITOR, OWNER } from './rank.js';
import { createRegister } from './register.js';
import { liveAdds, roleOf, seatOf } from './standing.js';
import { summarise } from './summary.js';

/** Judgements remembered; each takes six bytes a link. */
const REMEMBERED_MAX = 128;
/** Links a judgement is grown by before judging afresh is cheaper. */
const GROWTH_MAX = 512;
/** The last judgement serves without a search when it is this close. */
const NEAR = 8;

export interface Resolver {
  /** Membership by the closure of these heads; null when one is unknown here. */
  at(heads: readonly LinkId[]): Membership | null;
  /** Membership by every link held. */
  now(): Membership;
  /** Was the device, by this addition of it, a live editor or above in the closure of these heads, and the space not read-only? False for unknown heads. */
  mayWrite(heads: readonly LinkId[], device: DeviceId, addedBy: LinkId): boolean;
  /** Who was given an epoch's secrets, by every link held. */
  holders(epoch: EpochId): Holders;
  /** What a new link or change cites. */
  cite(): readonly LinkId[];
}

interface Remembered {
  readonly judgement: Judgement;
  readonly size: number;
  readonly court: Court;
  membership: Membership | null;
  hasOwner: boolean | null;
}

export function createResolver(graph: Graph): Resolver {
  const register = createRegister(graph.nodes);
  const bench: Bench = { graph, register };
  const byHeads = new Map<string, Remembered>();
  let latest: Remembered | null = null;

  const remember = (key: string, judgement: Judgement): Remembered => {
    const row = { judgement, size: sizeOf(judgement.set), court: openCourt(bench, judgement), membership: null, hasOwner: null };
    byHeads.set(key, row);
    latest = row;
    for (const oldest of byHeads.keys()) {
      if (byHeads.size <= REMEMBERED_MAX) break;
      byHeads.delete(oldest);
    }
    return row;
  };

  const nearest = (set: Clock, size: number): Remembered | null => {
    if (latest !== null && latest.size <= size && size - latest.size < NEAR && isWithin(latest.judgement.set, set)) return latest;
    let best: Remembered | null = null;
    for (const row of byHeads.values()) {
      if (row.size <= size && row.size > (best?.size ?? 0) && isWithin(row.judgement.set, set)) best = row;
    }
    return best;
  };

  const grow = (base: Remembered, set: Clock, size: number): Judgement | null => {
    if (size - base.size > GROWTH_MAX) return null;
    let judgement: Judgement | null = base.judgement;
    for (const ordinal of beyond(graph, base.judgement.set, set)) {
      const node = graph.nodes[ordinal];
      if (judgement === null || node === undefined) return null;
      judgement = judgeOneMore(bench, judgement, node);
    }
    return judgement;
  };

  const recall = (heads: readonly LinkId[]): Remembered | null => {
    register.catchUp();
    const key = [...heads].sort().join();
    const known = byHeads.get(key);
    if (known !== undefined) {
      byHeads.delete(key);
      byHeads.set(key, known);
      return known;
    }
    const set = graph.closure(heads);
    if (set === null) return null;
    const size = sizeOf(set);
    const base = nearest(set, size);
    return remember(key, (base === null ? null : grow(base, set, size)) ?? judge(bench, set));
  };

  const atHeads = (heads: readonly LinkId[]): Membership | null => {
    const row = recall(heads);
    return row === null ? null : (row.membership ??= summarise(row.court));
  };

  const current = (): Remembered => {
    const row = recall(graph.heads());
    assert(row !== null, 'a graph that does not know its own heads');
    return row;
  };

  return {
    at: atHeads,
    now() {
      const row = current();
      return (row.membership ??= summarise(row.court));
    },
    mayWrite(heads, device, addedBy) {
      const row = recall(heads);
      const add = graph.node(addedBy);
      if (row === null || add === null) return false;
      const { court } = row;
      const seat = seatOf(court, device, court.set, 'high');
      if (seat === null || !liveAdds(court, device, seat.person, court.set, 'high').includes(add)) return false;
      return (roleOf(court, seat.person, court.set, 'high') ?? 0) >= EDITOR && (row.hasOwner ??= hasOwner(court));
    },
    holders: (epoch) => holdersOf(current().court, epoch),
    cite() {
      const { court } = current();
      return citedFrom(graph, court.set, graph.heads(), (node) => verdictOf(court, node) === VALID);
    },
  };
}

/** Ordinals in the larger set only, parents first. */
function beyond(graph: Graph, small: Clock, large: Clock): readonly number[] {
  const found: number[] = [];
  for (let line = 0; line < graph.lines.length; line++) {
    const row = graph.lines[line] as readonly number[];
    const from = countOf(small, line);
    const to = countOf(large, line);
    for (let at = from; at < to; at++) found.push(row[at] as number);
  }
  return found.sort((a, b) => a - b);
}

function hasOwner(court: Court): boolean {
  for (const [person, ops] of court.register.persons) {
    if (roleOf(court, person, court.set, 'high') !== OWNER) continue;
    for (const device of ops.devices) if (seatOf(court, device, court.set, 'high')?.person === person) return true;
  }
  return false;
}
