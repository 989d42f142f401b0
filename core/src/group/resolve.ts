/** The resolver: membership at any heads, remembered by heads and grown link by link where nothing else can change (C4, P1, P10). */
import type { DeviceId, EpochId, LinkId } from '@leanvibe/protocol/ids';
import { citedFrom } from './cite.js';
import { type Holders, holdersOf } from './epochs.js';
import type { Graph } from './graph.js';
import { type Court, VALID, verdictOf } from './judgement.js';
import type { Membership } from './membership.js';
import { EDITOR, OWNER } from './rank.js';
import { createRecall, type Remembered } from './recall.js';
import { createRegister } from './register.js';
import { liveAdds, roleOf, seatOf } from './standing.js';
import { summarise } from './summary.js';

export interface Resolver {
  /** Membership by the closure of these heads; null when one is unknown here. */
  at(heads: readonly LinkId[]): Membership | null;
  /** Membership by every link held. */
  now(): Membership;
  /** Was the device, by this addition of it, a live editor or above in the closure of these heads, and the space not read-only? False for unknown heads. */
  mayWrite(heads: readonly LinkId[], device: DeviceId, addedBy: LinkId): boolean;
  /** Who was given an epoch's secrets, by every link held. */
  holders(epoch: EpochId): Holders;
  /** What a new change cites, or a new link of this author. */
  cite(author?: DeviceId): readonly LinkId[];
}

export function createResolver(graph: Graph): Resolver {
  const register = createRegister(graph.nodes);
  const recall = createRecall({ graph, register });
  const summaryOf = (row: Remembered): Membership => (row.membership ??= summarise(row.court));
  return {
    at(heads) {
      const row = recall.at(heads);
      return row === null ? null : summaryOf(row);
    },
    now: () => summaryOf(recall.now()),
    mayWrite(heads, device, addedBy) {
      const row = recall.at(heads);
      const add = graph.node(addedBy);
      if (row === null || add === null) return false;
      const { court } = row;
      const seat = seatOf(court, device, court.set, 'high');
      if (seat === null || !liveAdds(court, device, seat.person, court.set, 'high').includes(add)) return false;
      return (roleOf(court, seat.person, court.set, 'high') ?? 0) >= EDITOR && (row.hasOwner ??= hasOwner(court));
    },
    holders: (epoch) => holdersOf(recall.now().court, epoch),
    cite(author) {
      const { court } = recall.now();
      return citedFrom(graph, court.set, graph.heads(), (node) => verdictOf(court, node) === VALID, author ?? null);
    },
  };
}

function hasOwner(court: Court): boolean {
  for (const [person, ops] of court.register.persons) {
    if (roleOf(court, person, court.set, 'high') !== OWNER) continue;
    for (const device of ops.devices) if (seatOf(court, device, court.set, 'high')?.person === person) return true;
  }
  return false;
}
