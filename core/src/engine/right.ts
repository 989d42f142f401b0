/** By what right this device writes now: the link that added it, the heads it knows, and the epoch it seals under. */
import type { LinkId } from '@leanvibe/protocol/ids';
import type { Sealer } from '../keys/entry.js';
import type { Identity } from './identity.js';
import { usableEpoch } from './rotate.js';
import type { SpaceRuntime } from './space.js';

export interface Standing {
  readonly addedBy: LinkId;
  readonly authHeads: readonly LinkId[];
  readonly sealer: Sealer;
}

/** Null when it may not write, or must rotate first. */
export function rightNow(space: SpaceRuntime, identity: Identity): Standing | null {
  const epoch = usableEpoch(space);
  const member = space.group.member(identity.device);
  const sealer = epoch === null ? null : space.ring.sealer(epoch.epoch);
  if (sealer === null || member === null || !space.group.mayWrite(identity.device)) return null;
  return { addedBy: member.addedBy, authHeads: space.group.cite(), sealer };
}
