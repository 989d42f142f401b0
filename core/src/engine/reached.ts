/** How far this device's own log of a space has got: up to which position of lane 2 some live peer is known to hold it. What lies above may be nowhere else. */
import type { SpaceId } from '@leanvibe/protocol/ids';
import { encode } from '@leanvibe/protocol/shape';
import { decodeAtRest } from '../base/rest.js';
import type { Vault } from '../keys/local.js';
import type { PutOff } from './put-off.js';
import { intakeRecord, TABLES } from './tables.js';

export interface Reached {
  /** A live peer holds everything up to here. */
  note(position: number): void;
  position(): number;
  load(): Promise<void>;
}

/** Written with whatever is committed next: losing it makes this device carry words over that somebody has already, which changes nothing there. */
export function createReached(vault: Vault, later: PutOff['later'], space: SpaceId): Reached {
  const key = `${space}/reached`;
  let reached = 0;
  return {
    note(position) {
      if (position <= reached) return;
      reached = position;
      later([vault.put(TABLES.intake, key, encode(intakeRecord, { position }))]);
    },
    position: () => reached,
    async load() {
      const stored = await vault.get(TABLES.intake, key);
      if (stored !== null) reached = decodeAtRest(intakeRecord, stored, 'intake').position;
    },
  };
}
