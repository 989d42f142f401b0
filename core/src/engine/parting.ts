/** Whoever leaves is heard out (C5): its last links come before the frontier they name, without which all it ever wrote would stand aside. */
import { type DeviceId, type DocumentId, makeId } from '@leanvibe/protocol/ids';
import type { Clock } from '../ports/clock.js';
import type { SpaceRuntime } from './space.js';

export interface Partings {
  /** It went by itself, and the frontier it left behind is not here yet. */
  heard(space: SpaceRuntime, device: DeviceId): boolean;
}

/** Counted from the first time it is asked for in a run: one that never sends its frontier is not listened to for ever. */
const HEARD_MS = 60_000;
/** Whether a frontier is here does not depend on the document it is asked about. */
const ANY = makeId<DocumentId>(new Uint8Array(32));

export function createPartings(clock: Clock): Partings {
  const sinceMs = new WeakMap<SpaceRuntime, Map<DeviceId, number>>();
  return {
    heard(space, device) {
      const chain = space.group.member(device)?.addedBy;
      if (chain === undefined || !space.group.leftByItself(device)) return false;
      const missing = space
        .viewOf(ANY)
        .removals(chain)
        .some(({ frontierSeq }) => frontierSeq === null);
      if (!missing) return false;
      const known = sinceMs.get(space) ?? new Map<DeviceId, number>();
      sinceMs.set(space, known);
      const first = known.get(device) ?? clock.nowMs();
      known.set(device, first);
      return clock.nowMs() - first < HEARD_MS;
    },
  };
}
