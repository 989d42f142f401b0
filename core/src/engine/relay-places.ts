/** Where a space's mailbox at a relay is, or would be made by this device (C31, G24). */
import { concat, sameBytes } from '@leanvibe/protocol/bytes';
import { idBytes, type MailboxId, makeId, type SpaceId } from '@leanvibe/protocol/ids';
import type { OwnedMailbox } from '@leanvibe/protocol/relay';
import { writeUtf8 } from '@leanvibe/protocol/utf8';
import { label } from '../crypto/labels.js';
import type { EpochSecrets } from '../keys/epoch.js';
import { mailboxReadKey } from '../keys/mailbox.js';
import type { Crypto } from '../ports/crypto.js';
import { isAbandoned } from './abandoned.js';
import type { Identity } from './identity.js';
import { usableEpoch } from './rotate.js';
import { newestFirst } from './shown-epochs.js';
import type { SpaceRuntime } from './space.js';

/** Writes the link that tells a space's members of a mailbox. */
export type Made = (space: SpaceId, origin: string, mailbox: MailboxId) => Promise<void>;

export interface WantedMailbox {
  readonly space: SpaceId;
  readonly mailbox: MailboxId;
  readonly make: boolean;
}

export interface RelayPlaces {
  /** The one in use at this relay, by the links held here; not one that is abandoned. */
  at(space: SpaceRuntime, origin: string): MailboxId | null;
  /** All that links tell of at this relay, those that are abandoned too. */
  told(space: SpaceRuntime, origin: string): readonly MailboxId[];
  /** Those of this account that the space's keys open, although no link tells of them at this relay yet. `elsewhere`: those of other spaces. */
  among(space: SpaceRuntime, origin: string, owned: readonly OwnedMailbox[], elsewhere: ReadonlySet<MailboxId>): readonly MailboxId[];
  /** Those to be opened at this relay, for each space. */
  wanted(spaces: ReadonlyMap<SpaceId, SpaceRuntime>, origin: string, owned: readonly OwnedMailbox[]): readonly WantedMailbox[];
  /** An owner or admin opens mailboxes unasked: an editor's relay is nobody else's business. */
  mayMake(space: SpaceRuntime): boolean;
  /** The same each time under one epoch, so that one made in a run that did not live to tell is found again; nobody else can know it. */
  newAt(space: SpaceRuntime, origin: string): MailboxId;
}

/** Whoever slept through more rotations finds its mailbox by the links that others bring. */
const EPOCHS_TRIED = 4;

/** Mailboxes tried by past keys for one space that knows of none. */
const STRANGE_MAX = 16;

/** Mailboxes of the account that no link here tells of, and for which the keys of a space are tried; whoever has more hears of them by links. */
const UNTOLD_MAX = 128;
const KEPT_MAX = 4_096;

export function createRelayPlaces(crypto: Crypto, identity: Identity): RelayPlaces {
  /** Read keys by epoch and mailbox: looked at on every change, and a signature's worth of work each. */
  const kept = new Map<string, Uint8Array>();
  const readKeyOf = (secrets: EpochSecrets, mailbox: MailboxId): Uint8Array => {
    const key = `${secrets.epoch}/${mailbox}`;
    const before = kept.get(key);
    if (before !== undefined) return before;
    const made = mailboxReadKey(crypto, secrets, mailbox);
    if (kept.size >= KEPT_MAX) kept.clear();
    kept.set(key, made);
    return made;
  };
  const places: RelayPlaces = {
    at: (space, origin) =>
      space.group.now().mailboxes.find((one) => one.relay === origin && !isAbandoned(space.group, one))?.mailbox ?? null,
    told: (space, origin) =>
      space.group
        .now()
        .mailboxes.filter((one) => one.relay === origin)
        .map(({ mailbox }) => mailbox),
    among(space, origin, owned, elsewhere) {
      const told = places.told(space, origin);
      const untold = owned.filter(({ mailbox }) => !told.includes(mailbox) && !elsewhere.has(mailbox)).slice(0, UNTOLD_MAX);
      const epochs = newestFirst(space).slice(0, EPOCHS_TRIED);
      const found = untold.filter(({ mailbox, read }) => epochs.some((secrets) => sameBytes(readKeyOf(secrets, mailbox), read)));
      return found.map(({ mailbox }) => mailbox);
    },
    wanted(spaces, origin, owned) {
      const told = [...spaces.values()].flatMap((one) => one.group.now().mailboxes.map(({ mailbox }) => ({ mailbox, space: one.id })));
      return [...spaces.values()].flatMap((space): readonly WantedMailbox[] => {
        if (space.removedAt() !== null && space.group.empty()) return [];
        const inUse = places.at(space, origin);
        const left = space.group.now().mailboxes.filter((one) => one.relay === origin && isAbandoned(space.group, one));
        const elsewhere = new Set(told.filter((one) => one.space !== space.id).map(({ mailbox }) => mailbox));
        // Besides the one told of: two devices that each made one while apart meet in either.
        const found = places.among(space, origin, owned, elsewhere);
        const ids = [...(inUse === null ? [] : [inUse]), ...left.map(({ mailbox }) => mailbox), ...found];
        const there = ids.map((mailbox) => ({ space: space.id, mailbox, make: false }));
        const mayMake = inUse === null && found.length === 0 && places.mayMake(space);
        if (mayMake) return [...there, { space: space.id, mailbox: places.newAt(space, origin), make: true }];
        if (there.length > 0) return there;
        // Who slept through rotations since it was let in knows a past key at best: it may be one of those nobody here knows.
        const strange = owned.filter(({ mailbox }) => !told.some((one) => one.mailbox === mailbox)).slice(0, STRANGE_MAX);
        return strange.map(({ mailbox }) => ({ space: space.id, mailbox, make: false }));
      });
    },
    mayMake(space) {
      const me = space.group.member(identity.device);
      if (me === null || !me.live || space.removedAt() !== null || space.group.readOnly()) return false;
      return (me.role === 'owner' || me.role === 'admin') && usableEpoch(space)?.append != null;
    },
    newAt(space, origin) {
      const epoch = usableEpoch(space)?.epoch ?? '';
      const info = concat(label('mailbox-id'), idBytes(space.id), writeUtf8(`${epoch} ${origin}`));
      return makeId<MailboxId>(crypto.hkdfSha256(identity.sealingSecret, idBytes(identity.device), info, 32));
    },
  };
  return places;
}
