/** Whether a payload's structs can be integrated one after the other, and how deep its types nest: without applying anything. */
import { DEPTH_MAX } from '@leanvibe/protocol/limits';
import { REFS, type Section } from './yjs-parse.js';
import { Unfit } from './yjs-reader.js';

interface Progress {
  readonly section: Section;
  next: number;
  /** Nesting level, inside this payload, of the list each integrated struct stands in. */
  readonly levels: number[];
  readonly waiters: { readonly clock: number; readonly who: Progress }[];
}

/**
 * Throws `Unfit('malformed')` when structs wait for each other in a circle, for themselves, or for clocks the payload lacks;
 * `over-limit` when types nest deeper than DEPTH_MAX. Linear in structs; Yjs would keep such structs pending for ever, or throw.
 */
export function checkOrder(sections: readonly Section[]): void {
  const all = new Map<number, Progress>();
  for (const section of sections) all.set(section.clientId, { section, next: 0, levels: [], waiters: [] });
  const ready = [...all.values()];
  for (let one = ready.pop(); one !== undefined; one = ready.pop()) {
    advance(one, all);
    const reached = doneUntil(one);
    for (let at = one.waiters.length - 1; at >= 0; at--) {
      const waiter = one.waiters[at] as Progress['waiters'][number];
      if (waiter.clock >= reached) continue;
      one.waiters.splice(at, 1);
      ready.push(waiter.who);
    }
  }
  for (const one of all.values()) if (one.next < one.section.starts.length) throw new Unfit('malformed');
}

function doneUntil(one: Progress): number {
  return one.next < one.section.starts.length ? (one.section.starts[one.next] as number) : one.section.clockEnd;
}

function advance(one: Progress, all: ReadonlyMap<number, Progress>): void {
  const { starts, refs } = one.section;
  for (; one.next < starts.length; one.next++) {
    let level = 0;
    for (let ref = 0; ref < REFS; ref += 2) {
      const clientId = refs[one.next * REFS + ref] as number;
      if (clientId < 0) continue;
      const clock = refs[one.next * REFS + ref + 1] as number;
      const target = all.get(clientId);
      if (target === undefined || clock < target.section.clockStart) continue;
      if (clock >= doneUntil(target)) {
        if (target === one) throw new Unfit('malformed');
        target.waiters.push({ clock, who: one });
        return;
      }
      const inside = target.levels[find(target, clock)] as number;
      level = Math.max(level, ref === 4 ? inside + 1 : inside);
    }
    if (level > DEPTH_MAX) throw new Unfit('over-limit');
    one.levels.push(level);
  }
}

/** The integrated struct that holds a clock; typing makes it the last one. */
function find(target: Progress, clock: number): number {
  const { starts } = target.section;
  let high = target.next - 1;
  if ((starts[high] as number) <= clock) return high;
  let low = 0;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] as number) <= clock) low = middle;
    else high = middle - 1;
  }
  return low;
}
