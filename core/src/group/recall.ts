/** Recall: judgements remembered by heads, and new ones grown from the nearest of them where nothing else can change. */
import type { LinkId } from '@leanvibe/protocol/ids';
import { type Clock, countOf, isWithin, sizeOf } from './clock.js';
import type { Graph } from './graph.js';
import { type Bench, judge, judgeOneMore, openCourt } from './judge.js';
import type { Court, Judgement } from './judgement.js';
import type { Membership } from './membership.js';

/** Judgements remembered; each takes six bytes a link. */
const REMEMBERED_MAX = 128;
/** Links a judgement is grown by before judging afresh is cheaper. */
const GROWTH_MAX = 512;
/** The last judgement serves without a search when it is this close. */
const NEAR = 8;

export interface Remembered {
  readonly judgement: Judgement;
  readonly size: number;
  readonly court: Court;
  membership: Membership | null;
  hasOwner: boolean | null;
}

function remembered(bench: Bench, judgement: Judgement): Remembered {
  let court: Court | null = null;
  return {
    judgement,
    size: sizeOf(judgement.set),
    // Most judgements are only grown from, and never asked.
    get court() {
      return (court ??= openCourt(bench, judgement));
    },
    membership: null,
    hasOwner: null,
  };
}

export interface Recall {
  /** The judgement of the closure; null when a head is unknown here. */
  at(heads: readonly LinkId[]): Remembered | null;
  /** The judgement of every link held. */
  now(): Remembered;
}

export function createRecall(bench: Bench): Recall {
  const { graph, register } = bench;
  const byHeads = new Map<string, Remembered>();
  let latest: Remembered | null = null;
  let whole: Remembered | null = null;

  const nearest = (set: Clock, size: number): Remembered | null => {
    if (latest !== null && latest.size <= size && size - latest.size < NEAR && isWithin(latest.judgement.set, set)) return latest;
    let best: Remembered | null = null;
    for (const row of whole === null ? byHeads.values() : [whole, ...byHeads.values()]) {
      if (row.size <= size && row.size > (best?.size ?? 0) && isWithin(row.judgement.set, set)) best = row;
    }
    return best;
  };

  return {
    at(heads) {
      register.catchUp();
      const key = [...heads].sort().join();
      const known = byHeads.get(key);
      const set = known === undefined ? graph.closure(heads) : null;
      if (known === undefined && set === null) return null;
      const row = known ?? remembered(bench, judgementOf(bench, nearest(set as Clock, sizeOf(set as Clock)), set as Clock));
      byHeads.delete(key);
      byHeads.set(key, row);
      latest = row;
      for (const oldest of byHeads.keys()) {
        if (byHeads.size <= REMEMBERED_MAX) break;
        byHeads.delete(oldest);
      }
      return row;
    },
    now() {
      register.catchUp();
      if (whole?.size !== graph.nodes.length) whole = remembered(bench, judgementOf(bench, whole, graph.all()));
      return whole;
    },
  };
}

function judgementOf(bench: Bench, base: Remembered | null, set: Clock): Judgement {
  return (base === null ? null : grown(bench, base, set)) ?? judge(bench, set);
}

function grown(bench: Bench, base: Remembered, set: Clock): Judgement | null {
  if (sizeOf(set) - base.size > GROWTH_MAX) return null;
  let judgement: Judgement | null = base.judgement;
  for (const ordinal of beyond(bench.graph, base.judgement.set, set)) {
    const node = bench.graph.nodes[ordinal];
    if (judgement === null || node === undefined) return null;
    judgement = judgeOneMore(bench, judgement, node);
  }
  return judgement;
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
