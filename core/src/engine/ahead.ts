/** How far each peer's entries are ahead of intake: beyond a bound, what it sends waits, so that its flood stands before nobody else's edit (P9). */
import type { DeviceId } from '@leanvibe/protocol/ids';

export interface Ahead {
  /** Rows of this peer were stored and are to be taken. */
  came(peer: DeviceId, rows: number): void;
  took(peer: DeviceId): void;
  /** Resolves when few of this peer's rows are still to be taken. */
  room(peer: DeviceId): Promise<void>;
  /** Everything stored was taken, or intake failed and tries again later: nobody waits on. */
  clear(): void;
}

/** Entries a peer may have stored ahead of intake. */
const AHEAD_MAX = 64;

export function createAhead(): Ahead {
  const rows = new Map<DeviceId, number>();
  const waiting = new Map<DeviceId, (() => void)[]>();
  const release = (peer: DeviceId): void => {
    for (const go of waiting.get(peer) ?? []) go();
    waiting.delete(peer);
  };
  return {
    came: (peer, count) => void rows.set(peer, (rows.get(peer) ?? 0) + count),
    took(peer) {
      const left = Math.max(0, (rows.get(peer) ?? 0) - 1);
      rows.set(peer, left);
      if (left < AHEAD_MAX) release(peer);
    },
    room: (peer) =>
      (rows.get(peer) ?? 0) < AHEAD_MAX ? Promise.resolve() : new Promise((go) => waiting.set(peer, [...(waiting.get(peer) ?? []), go])),
    clear() {
      rows.clear();
      for (const peer of [...waiting.keys()]) release(peer);
    },
  };
}
