/** Writing membership: this device's own links, rotation with its announcements, admitting and revoking devices (C4, C11 – C13). */
import { type Frontier, part } from '@leanvibe/protocol/change';
import { concat } from '@leanvibe/protocol/bytes';
import { type DeviceId, type EpochId, idBytes, type LinkId, type PersonId } from '@leanvibe/protocol/ids';
import type { ConsentedCard, DeviceCard, Operation } from '@leanvibe/protocol/link';
import { encode } from '@leanvibe/protocol/shape';
import { assert, err, ok, type Result } from '../base/result.js';
import { type SignedLinkBytes, signLink } from '../group/link.js';
import { epochOf, type Recipient, sealBoxes, signAnnouncement } from '../keys/announce.js';
import { freshEphemeral, sealBox, sealPrior } from '../keys/box.js';
import { createSealer, type Sealer } from '../keys/entry.js';
import { commitAppend, commitRead, type EpochSecrets, freshSecrets } from '../keys/epoch.js';
import type { Crypto } from '../ports/crypto.js';
import type { Random } from '../ports/random.js';
import type { NewEntry } from '../ports/store.js';
import { writeFrontier } from './frontier.js';
import type { Identity } from './identity.js';
import type { SpaceRuntime } from './space.js';

export interface MembersDeps {
  readonly crypto: Crypto;
  readonly random: Random;
  readonly identity: Identity;
}

/** Links of one act, in order: each follows the one before. */
interface Line {
  add(operation: Operation): SignedLinkBytes;
  readonly written: SignedLinkBytes[];
}

function beginLine(deps: MembersDeps, space: SpaceRuntime): Line {
  const { crypto, identity } = deps;
  const written: SignedLinkBytes[] = [];
  let parents: readonly LinkId[] = space.group.cite();
  let index = space.group.nextIndex(identity.device);
  return {
    written,
    add(operation) {
      const link = signLink(crypto, identity.signing, { space: space.id, parents, author: identity.device, index: index++, operation });
      parents = [link.id];
      written.push(link);
      return link;
    },
  };
}

const entryOf = (
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
async function land(
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
  for (const link of line.written) space.group.add(link.link);
  await space.grown();
}

/** The epoch this device writes under now (C12); null when it must rotate first. */
export function usableEpoch(space: SpaceRuntime): EpochSecrets | null {
  for (const epoch of space.group.usableEpochs()) {
    const secrets = space.ring.secrets(epoch);
    const operation = space.group.epochOperation(epoch);
    if (secrets !== null && operation !== null && space.ring.matches(space.id, epoch, operation)) return secrets;
  }
  return null;
}

/** Adds the rotation to a line: a new epoch over all maximal ones for everyone live, and one announcement under each parent (C13). */
function addRotation(
  deps: MembersDeps,
  space: SpaceRuntime,
  line: Line,
  excluded: ReadonlySet<DeviceId>,
): { readonly secrets: EpochSecrets; readonly announcements: readonly NewEntry[] } {
  const { crypto, random, identity } = deps;
  const parents = space.group.maximalEpochs();
  const held = parents.map((epoch) => space.ring.secrets(epoch)).filter((secrets) => secrets !== null);
  const recipients: Recipient[] = space.group
    .members()
    .filter((member) => member.live && !excluded.has(member.device))
    .map((member) => ({ device: member.device, sealingKey: member.card.sealingKey, append: member.role !== 'viewer' }));
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

/** Rotates when a removal obliges it, or when no epoch can be written under; answers the epoch to write under. */
export function ensureEpoch(deps: MembersDeps, space: SpaceRuntime): Promise<Result<EpochSecrets, 'not-editor'>> {
  return space.membership.run(async () => {
    const usable = usableEpoch(space);
    if (usable !== null) return ok(usable);
    if (!space.group.mayWrite(deps.identity.device)) return err('not-editor');
    const line = beginLine(deps, space);
    const { secrets, announcements } = addRotation(deps, space, line, new Set());
    await land(space, createSealer(deps.crypto, secrets), line, announcements, secrets);
    return ok(secrets);
  });
}

/**
 * Hands the epoch in use to live devices that whoever rotated did not know yet (P8): announced again under the epochs they hold,
 * with boxes for them alone, and a grant, so that everybody knows who holds it.
 */
export function announceToMissing(deps: MembersDeps, space: SpaceRuntime): Promise<void> {
  const { crypto, identity, random } = deps;
  return space.membership.run(async () => {
    const secrets = usableEpoch(space);
    const operation = secrets === null ? null : space.group.epochOperation(secrets.epoch);
    if (secrets?.append == null || operation === null || operation.parents.length === 0 || !space.group.mayWrite(identity.device)) return;
    const holders = new Set(space.group.holders(secrets.epoch));
    const missing = space.group.members().filter((member) => member.live && !holders.has(member.device));
    if (missing.length === 0) return;
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
    const held = operation.parents.map((parent) => space.ring.secrets(parent)).filter((parent) => parent !== null);
    const announcements = held.map((parent) => entryOf(space, 0, createSealer(crypto, parent).seal('announcement', plaintext)));
    await land(space, createSealer(crypto, secrets), line, announcements, null);
  });
}

/** Admits a device of a person who is a member, and grants it the current epoch. */
export async function admitDevice(
  deps: MembersDeps,
  space: SpaceRuntime,
  person: PersonId,
  device: ConsentedCard,
): Promise<Result<null, string>> {
  const epoch = await ensureEpoch(deps, space);
  if (!epoch.ok) return err('this device may not add devices here');
  return space.membership.run(async () => {
    const line = beginLine(deps, space);
    if (space.group.standing(device.card.device) !== 'live') line.add({ type: 'add-device', person, device });
    grantTo(deps, space, line, epoch.value, device.card, true);
    await land(space, createSealer(deps.crypto, epoch.value), line, [], null);
    const live = space.group.standing(device.card.device) === 'live';
    return live ? ok(null) : err('this device may not add devices here');
  });
}

/** Admits a whole person with these devices, and grants each the current epoch. */
export async function admitPerson(
  deps: MembersDeps,
  space: SpaceRuntime,
  person: PersonId,
  role: number,
  devices: readonly ConsentedCard[],
): Promise<Result<null, string>> {
  const epoch = await ensureEpoch(deps, space);
  if (!epoch.ok) return err('this device may not add people here');
  return space.membership.run(async () => {
    const line = beginLine(deps, space);
    line.add({ type: 'add-person', person, role, devices });
    for (const device of devices) grantTo(deps, space, line, epoch.value, device.card, true);
    await land(space, createSealer(deps.crypto, epoch.value), line, [], null);
    return ok(null);
  });
}

function grantTo(deps: MembersDeps, space: SpaceRuntime, line: Line, epoch: EpochSecrets, card: DeviceCard, writes: boolean): void {
  const { crypto, random } = deps;
  const ephemeral = freshEphemeral(crypto, random);
  const append = writes && epoch.append !== null;
  const secret = concat(epoch.read, append ? epoch.append : random.bytes(32));
  const box = sealBox(crypto, ephemeral, card.sealingKey, space.id, grantContext(epoch.epoch), secret);
  if (box !== null) line.add({ type: 'grant', epoch: epoch.epoch, device: card.device, append, box: concat(ephemeral.publicKey, box) });
}

/** What binds a grant's box to its epoch. */
export function grantContext(epoch: EpochId): Uint8Array {
  return idBytes(epoch);
}

/** Removes a device, with the frontier of what it wrote, and rotates, in one transaction (C5, C13). */
export async function revokeDevice(deps: MembersDeps, space: SpaceRuntime, device: DeviceId): Promise<Result<null, string>> {
  const member = space.group.member(device);
  if (member === null || !member.live) return err('no such device is in use here');
  const rows = await frontierRows(space, member.addedBy);
  return space.membership.run(async () => {
    const line = beginLine(deps, space);
    const parts: Uint8Array[] = [];
    const frontier = writeFrontier(rows, (bytes) => {
      parts.push(bytes);
      return space.attach(bytes);
    });
    line.add({ type: 'remove-device', device, frontier });
    const { secrets, announcements } = addRotation(deps, space, line, new Set([device]));
    const sealer = createSealer(deps.crypto, secrets);
    const attached = parts.map((bytes) => entryOf(space, 2, sealer.seal('part', encode(part, { bytes }))));
    await land(space, sealer, line, [...announcements, ...attached], secrets);
    assert(parts.length > 0, 'a frontier without a part');
    return space.group.standing(device) === 'removed' ? ok(null) : err('this device may not revoke that one');
  });
}

/** This identity goes by itself; whoever writes next renews the keys it held. */
export async function leave(deps: MembersDeps, space: SpaceRuntime): Promise<void> {
  const { device } = deps.identity;
  const member = space.group.member(device);
  const epoch = usableEpoch(space);
  if (member === null || !member.live || epoch === null) return;
  const rows = await frontierRows(space, member.addedBy);
  await space.membership.run(async () => {
    const line = beginLine(deps, space);
    const parts: Uint8Array[] = [];
    const frontier = writeFrontier(rows, (bytes) => {
      parts.push(bytes);
      return space.attach(bytes);
    });
    line.add({ type: 'remove-device', device, frontier });
    const sealer = createSealer(deps.crypto, epoch);
    await land(
      space,
      sealer,
      line,
      parts.map((bytes) => entryOf(space, 2, sealer.seal('part', encode(part, { bytes })))),
      null,
    );
  });
}

/** The chain's last applied change in every document it wrote to. */
async function frontierRows(space: SpaceRuntime, chain: LinkId): Promise<Frontier> {
  const rows: Frontier[number][] = [];
  for (const document of await space.documents()) {
    const judge = await (await space.known(document))?.judge();
    const tip = judge?.tips().get(chain)?.[0];
    const row = tip === undefined ? null : (judge?.row(tip) ?? null);
    if (row !== null) rows.push({ document, addedBy: chain, seq: row.seq, changeId: row.id });
  }
  return rows;
}
