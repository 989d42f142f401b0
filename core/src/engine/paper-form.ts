/** What a backup carries from one home to the next (C1). */
import type { DeviceId, SpaceId } from '@leanvibe/protocol/ids';
import type { EpochSecrets } from '../keys/epoch.js';
import { type Lane, LANES, type Store } from '../ports/store.js';

/** A space as a backup holds it: its keys, oldest first, and how far each lane went when the paper device had been admitted. */
export interface PaperSpace {
  readonly space: SpaceId;
  readonly home: boolean;
  readonly epochs: readonly EpochSecrets[];
  readonly heads: readonly { readonly lane: Lane; readonly position: number }[];
}

/** How far each lane goes, read last to first: what a change of lane 2 rests on was in lane 1 before it. */
export async function headsOf(store: Pick<Store, 'head'>, space: SpaceId): Promise<PaperSpace['heads']> {
  const heads: { lane: Lane; position: number }[] = [];
  for (const lane of LANES.toReversed()) heads.push({ lane, position: (await store.head(space, lane)).position });
  return heads.reverse();
}

/** What restores a person's spaces on a new device: 32 secret bytes each, and the keys of every space. Never a device's own keys. */
export interface Paper {
  readonly device: DeviceId;
  readonly signingSeed: Uint8Array;
  readonly sealingSecret: Uint8Array;
  readonly spaces: readonly PaperSpace[];
}

export interface PaperEntry {
  readonly space: SpaceId;
  readonly lane: Lane;
  readonly sealed: Uint8Array;
}
