/** Epochs as this device uses them: which to write under, rotating, and reaching whoever a rotation missed (C12, C13). */
import type { DeviceId, EpochId, LinkId } from '@leanvibe/protocol/ids';
import { err, ok, type Result } from '../base/result.js';
import { epochOf, type Recipient, sealBoxes, signAnnouncement } from '../keys/announce.js';
import { freshEphemeral, sealPrior } from '../keys/box.js';
import { createSealer } from '../keys/entry.js';
import { commitAppend, commitRead, type EpochSecrets, freshSecrets } from '../keys/epoch.js';
import type { NewEntry } from '../ports/store.js';
import type { SpaceRuntime } from './space.js';
import { type MembersDeps, type Line, beginLine, entryOf, land, grantTo } from './line.js';

/** The epoch this device writes under now (C12); null when it must rotate first. */
export function usableEpoch(space: SpaceRuntime): EpochSecrets | null {
  for (const epoch of space.group.usableEpochs()) {
    const secrets = space.ring.secrets(epoch);
    const operation = space.group.epochOperation(epoch);
    if (secrets !== null && operation !== null && space.ring.matches(space.id, epoch, operation)) return secrets;
  }
  return null;
}

/** What the links before a rotation in the same line change: who is gone, and who may write now or no longer. */
export interface Changed {
  readonly gone?: ReadonlySet<DeviceId>;
  readonly writes?: ReadonlyMap<DeviceId, boolean>;
}

/** Adds the rotation to a line: a new epoch over all maximal ones for everyone live, and one announcement under each parent (C13). */
export function addRotation(
  deps: MembersDeps,
  space: SpaceRuntime,
  line: Line,
  { gone, writes }: Changed = {},
): { readonly secrets: EpochSecrets; readonly announcements: readonly NewEntry[] } {
  const { crypto, random, identity } = deps;
  const parents = space.group.maximalEpochs();
  const held = parents.map((epoch) => space.ring.secrets(epoch)).filter((secrets) => secrets !== null);
  const recipients: Recipient[] = space.group
    .members()
    .filter((member) => member.live && gone?.has(member.device) !== true)
    .map(({ device, card, role }) => ({ device, sealingKey: card.sealingKey, append: writes?.get(device) ?? role !== 'viewer' }));
  const fresh = freshSecrets(random);
  const priors = held
    .map((prior) => ({ epoch: prior.epoch, sealed: sealPrior(crypto, random, fresh.read, prior.read) }))
    .sort((a, b) => (a.epoch < b.epoch ? -1 : 1));
  const commitments = { commitRead: commitRead(crypto, space.id, fresh.read), commitAppend: commitAppend(crypto, space.id, fresh.append) };
  const link = line.add({
    type: 'epoch',
    parents: held.map((one) => one.epoch).sort(),
    ...commitments,
    recipients: recipients.map(({ device, append }) => ({ device, append })),
    priors,
  });
  const secrets: EpochSecrets = { epoch: epochOf(link.id), read: fresh.read, append: fresh.append };
  const ephemeral = freshEphemeral(crypto, random);
  // The author's own box too: a store restored from before the rotation learns it again like everyone else (P8).
  const boxes = sealBoxes(crypto, random, space.id, ephemeral, secrets, recipients);
  const plaintext = signAnnouncement(crypto, identity.signing, {
    epoch: link.id,
    parents: held.map((one) => one.epoch as unknown as LinkId).sort(),
    ...commitments,
    ephemeral: ephemeral.publicKey,
    boxes,
    priors: priors.map((prior) => ({ epoch: prior.epoch as unknown as LinkId, sealed: prior.sealed })),
    author: identity.device,
  });
  const announcements = held.map((parent) => entryOf(space, 0, createSealer(crypto, parent).seal('announcement', plaintext)));
  return { secrets, announcements };
}

async function rotate(deps: MembersDeps, space: SpaceRuntime): Promise<EpochSecrets> {
  const line = beginLine(deps, space);
  const { secrets, announcements } = addRotation(deps, space, line);
  await land(space, createSealer(deps.crypto, secrets), line, announcements, secrets);
  return secrets;
}

/** Renews the keys although nothing obliges to it; nothing where this device may not write. */
export function renewKeys(deps: MembersDeps, space: SpaceRuntime): Promise<void> {
  return space.membership.run(async () => {
    if (space.group.mayWrite(deps.identity.device)) await rotate(deps, space);
  });
}

/** Rotates when a removal obliges it, or when no epoch can be written under; answers the epoch to write under. */
export function ensureEpoch(deps: MembersDeps, space: SpaceRuntime): Promise<Result<EpochSecrets, 'not-editor'>> {
  return space.membership.run(async () => {
    const usable = usableEpoch(space);
    if (usable !== null) return ok(usable);
    return space.group.mayRotate(deps.identity.device) ? ok(await rotate(deps, space)) : err('not-editor');
  });
}

/** Epochs this run has already replaced for the sake of whoever they shut out. */
const rescued = new WeakMap<SpaceRuntime, Set<EpochId>>();

/**
 * An epoch may fall (its author was removed, or its removals were void) after entries were sealed under it, and then nothing newer
 * stands on it, so that live members it shut out would never read those entries. Whoever holds it rotates once more, above it too (P8):
 * its secret travels among the prior ones.
 */
function rescueStranded(deps: MembersDeps, space: SpaceRuntime): Promise<void> {
  return space.membership.run(async () => {
    if (!space.group.mayWrite(deps.identity.device)) return;
    const done = rescued.get(space) ?? new Set<EpochId>();
    rescued.set(space, done);
    const usable = new Set(space.group.usableEpochs());
    const live = space.group.members().filter((member) => member.live);
    const stranded = space.group.maximalEpochs().filter((epoch) => {
      if (usable.has(epoch) || done.has(epoch) || space.ring.secrets(epoch) === null) return false;
      const holders = new Set(space.group.holders(epoch).read);
      return live.some((member) => !holders.has(member.device));
    });
    if (stranded.length === 0) return;
    for (const epoch of stranded) done.add(epoch);
    await rotate(deps, space);
  });
}

/** Of the epochs a device holds, the newest that another one is announced under for it. */
const ANNOUNCED_UNDER_MAX = 4;

/** Whom this run has handed which epoch: once each, whatever becomes of the grant, so that it can never go round in circles. */
const announced = new WeakMap<SpaceRuntime, Set<string>>();

/**
 * Hands the epoch in use to live devices that whoever rotated did not know yet, or that somebody added who may hand on no keys (P8):
 * announced again under its parents and under the epochs they hold, with boxes for them alone, and a grant, so that everybody knows who
 * holds it. Of epochs that came about at once one is no parent of the other, and who was let in since may hold one of them only.
 */
function announceToMissing(deps: MembersDeps, space: SpaceRuntime, epoch: EpochId): Promise<void> {
  const { crypto, identity, random } = deps;
  return space.membership.run(async () => {
    const secrets = space.ring.secrets(epoch);
    const operation = space.group.epochOperation(epoch);
    if (!space.group.usableEpochs().includes(epoch) || operation === null || !space.ring.matches(space.id, epoch, operation)) return;
    if (secrets?.append == null || !space.group.mayWrite(identity.device)) return;
    const holders = new Set(space.group.holders(secrets.epoch).read);
    const told = announced.get(space) ?? new Set<string>();
    announced.set(space, told);
    const missing = space.group
      .members()
      .filter((member) => member.live && !holders.has(member.device) && !told.has(`${secrets.epoch}/${member.device}`));
    if (missing.length === 0) return;
    for (const { device } of missing) told.add(`${secrets.epoch}/${device}`);
    const line = beginLine(deps, space);
    for (const { card, role } of missing) grantTo(deps, space, line, secrets, card, role !== 'viewer');
    const ephemeral = freshEphemeral(crypto, random);
    const recipients = missing.map(({ card, role }) => ({ device: card.device, sealingKey: card.sealingKey, append: role !== 'viewer' }));
    const plaintext = signAnnouncement(crypto, identity.signing, {
      epoch: secrets.epoch as unknown as LinkId,
      parents: operation.parents as readonly EpochId[] as unknown as readonly LinkId[],
      commitRead: operation.commitRead,
      commitAppend: operation.commitAppend,
      ephemeral: ephemeral.publicKey,
      boxes: sealBoxes(crypto, random, space.id, ephemeral, secrets, recipients),
      priors: operation.priors.map((prior) => ({ epoch: prior.epoch as unknown as LinkId, sealed: prior.sealed })),
      author: identity.device,
    });
    const theirs = (device: DeviceId): readonly EpochId[] =>
      space
        .epochs()
        .map((one) => one.epoch)
        .filter((one) => one !== epoch && space.group.holders(one).read.includes(device))
        .slice(0, ANNOUNCED_UNDER_MAX);
    const under = new Set([...operation.parents, ...missing.flatMap(({ device }) => theirs(device))]);
    const held = [...under].map((other) => space.ring.secrets(other)).filter((other) => other !== null);
    const announcements = held.map((other) => entryOf(space, 0, createSealer(crypto, other).seal('announcement', plaintext)));
    await land(space, createSealer(crypto, secrets), line, announcements, null);
  });
}

/** After membership or keys changed: live members whom some rotation missed are given what they lack (P8). */
export async function reachEverybody(deps: MembersDeps, space: SpaceRuntime): Promise<void> {
  await rescueStranded(deps, space);
  // Of several in use at once each was rotated to by somebody who may not have known all; others write under the one they hold.
  for (const epoch of space.group.usableEpochs()) await announceToMissing(deps, space, epoch);
}
