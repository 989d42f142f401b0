/** Backups (C1): a paper device made for one of them and admitted to every space, and the fresh device that such a backup lets in. */
import type { DeviceId, PersonId } from '@leanvibe/protocol/ids';
import { DEVICE_KINDS } from '@leanvibe/protocol/link';
import { encode } from '@leanvibe/protocol/shape';
import { assert, err, ok, type Result } from '../base/result.js';
import { signConsent } from '../group/consent.js';
import { entryIdOf } from '../keys/entry.js';
import type { NewEntry } from '../ports/store.js';
import { createIdentity, type Identity } from './identity.js';
import type { Kernel } from './kernel.js';
import { admitDevice, leave, revokeDevice } from './members.js';
import { ensureEpoch } from './rotate.js';
import { headsOf, type Paper, type PaperEntry, type PaperSpace } from './paper-form.js';
import type { SpaceRuntime } from './space.js';
import { epochKey, epochRecord, TABLES } from './tables.js';

const PAPER = DEVICE_KINDS.indexOf('paper');
const SECRET_BYTES = 32;
const BATCH_ENTRIES = 512;
const BATCH_BYTES = 4 * 1024 * 1024;

export interface Papers {
  /** Admits a fresh paper device everywhere; durable when it resolves. Its key exists only in the answer. */
  make(): Promise<Result<Paper, string>>;
  /** Takes it back where its backup could not be written. */
  withdraw(paper: Paper): Promise<void>;
  /** Into a device without data of its own. What `entries` throws is thrown on, and then nothing is registered. */
  restore(paper: Paper, entries: AsyncIterable<PaperEntry>): Promise<Result<null, string>>;
  /** Only paper outranks paper (C4): one made for the purpose removes the other, and leaves. */
  revoke(space: SpaceRuntime, device: DeviceId): Promise<Result<null, string>>;
}

export function createPapers(kernel: Kernel): Papers {
  const { crypto, random, store, vault, identity } = kernel;
  const members = { crypto, random, identity };
  const membersAs = (paper: Identity): typeof members => ({ crypto, random, identity: paper });
  const fresh = (): Identity => createIdentity(crypto, random.bytes(SECRET_BYTES), random.bytes(SECRET_BYTES), PAPER);
  const identityOf = (paper: Paper): Identity => createIdentity(crypto, paper.signingSeed, paper.sealingSecret, PAPER);
  const live = (space: SpaceRuntime): PersonId | null => {
    const member = space.group.member(identity.device);
    return member?.live === true && space.removedAt() === null ? member.person : null;
  };

  const admit = (space: SpaceRuntime, person: PersonId, paper: Identity): ReturnType<typeof admitDevice> =>
    admitDevice(members, space, person, signConsent(crypto, paper.signing, paper.card, space.id, person));

  const withdraw = async (paper: Identity): Promise<void> => {
    for (const space of kernel.spaces.values()) {
      if (space.group.standing(paper.device) !== 'live') continue;
      await leave(membersAs(paper), space);
      await ensureEpoch(members, space);
    }
  };

  const make = async (): Promise<Result<Paper, string>> => {
    if (kernel.copies.cloned()) return err('this home is an older or second copy: say first whether it is the only one');
    if (live(kernel.home()) === null) return err('this device was removed from your devices');
    const signingSeed = random.bytes(SECRET_BYTES);
    const sealingSecret = random.bytes(SECRET_BYTES);
    const paper = createIdentity(crypto, signingSeed, sealingSecret, PAPER);
    const backed: PaperSpace[] = [];
    for (const space of kernel.spaces.values()) {
      const person = live(space);
      if (person === null) continue;
      const admitted = await admit(space, person, paper);
      if (!admitted.ok) {
        await withdraw(paper);
        return admitted;
      }
      await kernel.editor.offerAll(space);
      await space.flush();
      const heads = await headsOf(store, space.id);
      backed.push({ space: space.id, home: space.id === kernel.home().id, epochs: space.epochs().toReversed(), heads });
    }
    return ok({ device: paper.device, signingSeed, sealingSecret, spaces: backed });
  };

  const takeEntries = async (entries: AsyncIterable<PaperEntry>): Promise<void> => {
    let batch: NewEntry[] = [];
    let bytes = 0;
    for await (const { space, lane, sealed } of entries) {
      batch.push({ space, lane, entryId: entryIdOf(crypto, sealed), sealed, from: null });
      bytes += sealed.length;
      if (batch.length < BATCH_ENTRIES && bytes < BATCH_BYTES) continue;
      await store.commit({ entries: batch });
      batch = [];
      bytes = 0;
    }
    if (batch.length > 0) await store.commit({ entries: batch });
  };

  /** The space with its links and keys, this device admitted by the paper one; not registered yet. */
  const enter = async (paper: Identity, backed: PaperSpace): Promise<Result<SpaceRuntime, string>> => {
    const put = backed.epochs.map(({ epoch, read, append }, at) =>
      vault.put(TABLES.epoch, epochKey(crypto, backed.space, { epoch, read }), encode(epochRecord, { read, append, learned: at })),
    );
    await store.commit({ put });
    const space = await kernel.open(backed.space);
    if (space.group.standing(identity.device) === 'live') return ok(space);
    const member = space.group.member(paper.device);
    const admitted =
      member?.live === true
        ? await admitDevice(
            membersAs(paper),
            space,
            member.person,
            signConsent(crypto, identity.signing, identity.card, space.id, member.person),
          )
        : err('the recovery key of this backup was revoked, so it can admit no device any more');
    if (admitted.ok) return ok(space);
    kernel.forget(backed.space);
    return admitted;
  };

  const restore = async (paper: Paper, entries: AsyncIterable<PaperEntry>): Promise<Result<null, string>> => {
    const old = kernel.home();
    if (await hasData(old)) return err('this home has data of its own already');
    const key = identityOf(paper);
    const wanted = paper.spaces.find(({ home }) => home);
    if (wanted === undefined || key.device !== paper.device) return err('this backup contradicts itself');
    await takeEntries(entries);
    const entered: SpaceRuntime[] = [];
    for (const backed of paper.spaces) {
      const space = await enter(key, backed);
      if (!space.ok) return space;
      entered.push(space.value);
    }
    // One commit: before it this is an empty device, after it a restored one.
    const put = [
      ...paper.spaces.map(({ space, home }) => kernel.spacePut(space, home)),
      vault.put(TABLES.device, 'paper', paper.sealingSecret),
    ];
    await store.commit({ put, remove: [{ table: TABLES.space, key: old.id }] });
    kernel.forget(old.id);
    kernel.lent.lend(paper.sealingSecret);
    kernel.setHome(wanted.space);
    for (const space of entered) kernel.pump(space);
    return ok(null);
  };

  return {
    make,
    withdraw: (paper) => withdraw(identityOf(paper)),
    restore,
    async revoke(space, device) {
      const person = live(space);
      if (person === null) return err('this device may not revoke that one');
      const paper = fresh();
      const admitted = await admit(space, person, paper);
      if (!admitted.ok) return admitted;
      const revoked = await revokeDevice(membersAs(paper), space, device);
      await leave(membersAs(paper), space);
      const renewed = await ensureEpoch(members, space);
      assert(renewed.ok, 'a device that wrote membership may not renew keys');
      return revoked;
    },
  };
}

/** Anything a person made, or a second device. */
export async function hasData(home: SpaceRuntime): Promise<boolean> {
  return (await home.documents()).length > 0 || home.group.members().length > 1;
}
