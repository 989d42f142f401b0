/** A line of this device's own links: written one after another, landed in one commit (C3). */
import type { DeviceId, LinkId } from '@leanvibe/protocol/ids';
import type { DeviceCard, Operation } from '@leanvibe/protocol/link';
import { assert } from '../base/result.js';
import { type SignedLinkBytes, signLink } from '../group/link.js';
import type { Sealer } from '../keys/entry.js';
import type { EpochSecrets } from '../keys/epoch.js';
import { sealGrant } from '../keys/grant.js';
import type { Crypto } from '../ports/crypto.js';
import type { Random } from '../ports/random.js';
import type { NewEntry } from '../ports/store.js';
import type { Identity } from './identity.js';
import type { SpaceRuntime } from './space.js';

export interface MembersDeps {
  readonly crypto: Crypto;
  readonly random: Random;
  readonly identity: Identity;
}

/** Links of one act, in order: each follows the one before. `by`: another key this device holds for the act, such as a paper one. */
export interface Line {
  add(operation: Operation, by?: Identity): SignedLinkBytes;
  readonly written: SignedLinkBytes[];
}

export function beginLine(deps: MembersDeps, space: SpaceRuntime): Line {
  const { crypto, identity } = deps;
  const written: SignedLinkBytes[] = [];
  let parents: readonly LinkId[] = space.group.cite(identity.device);
  const next = new Map<DeviceId, number>();
  return {
    written,
    add(operation, by = identity) {
      const index = next.get(by.device) ?? space.group.nextIndex(by.device);
      next.set(by.device, index + 1);
      const link = signLink(crypto, by.signing, { space: space.id, parents, author: by.device, index, operation });
      parents = [link.id];
      written.push(link);
      return link;
    },
  };
}

export const entryOf = (
  space: SpaceRuntime,
  lane: NewEntry['lane'],
  sealed: { readonly entryId: NewEntry['entryId']; readonly bytes: Uint8Array },
): NewEntry => ({
  space: space.id,
  lane,
  entryId: sealed.entryId,
  sealed: sealed.bytes,
  from: null,
});

/** One commit, then memory: the links are in the graph when it resolves. */
export async function land(
  space: SpaceRuntime,
  sealer: Sealer,
  line: Line,
  more: readonly NewEntry[],
  secrets: EpochSecrets | null,
): Promise<void> {
  const entries = [...line.written.map((link) => entryOf(space, 1, sealer.seal('link', link.plaintext))), ...more];
  const parts = more.filter((entry) => entry.lane === 2).map((entry) => space.partPut(entry.entryId));
  await space.commit({ entries, put: secrets === null ? parts : [space.epochPut(secrets), ...parts] });
  for (const entry of entries) space.note(entry.entryId);
  if (secrets !== null) space.learn(secrets);
  for (const link of line.written) assert(space.group.add(link.link) !== 'refused', 'a link of our own that our own graph refuses');
  await space.grown();
}

export function grantTo(deps: MembersDeps, space: SpaceRuntime, line: Line, epoch: EpochSecrets, card: DeviceCard, writes: boolean): void {
  const append = writes && epoch.append !== null;
  const box = sealGrant(deps.crypto, deps.random, space.id, epoch, card.sealingKey, append);
  if (box !== null) line.add({ type: 'grant', epoch: epoch.epoch, device: card.device, append, box });
}
