/** Announcements as one running space takes them: a box for this device is a newer key, none is the word that it was removed (C13). */
import type { AnnouncementBody } from '@leanvibe/protocol/change';
import type { RefusalReason } from '@leanvibe/protocol/errors';
import type { DeviceId, EpochId, SpaceId } from '@leanvibe/protocol/ids';
import { openAnnouncement, openPriors } from '../keys/announce.js';
import type { Vault } from '../keys/local.js';
import type { Crypto } from '../ports/crypto.js';
import type { EngineEvent } from './api.js';
import type { Identity } from './identity.js';
import type { Put, PutOff } from './put-off.js';
import type { SpaceGroup } from './space-group.js';
import type { SpaceKeys } from './space-keys.js';
import { TABLES } from './tables.js';

export interface AnnouncementsDeps {
  readonly crypto: Crypto;
  readonly vault: Vault;
  readonly identity: Identity;
  /** Sealing keys lent to this device besides its own (C1). */
  readonly lent: () => readonly Uint8Array[];
  readonly emit: (event: EngineEvent) => void;
  readonly refuse: (reason: RefusalReason, from: DeviceId | null) => void;
  readonly keys: SpaceKeys;
  readonly group: SpaceGroup;
  readonly later: PutOff['later'];
  /** This device stands otherwise than it did. */
  readonly grew: () => void;
}

export interface Announcements {
  take(body: AnnouncementBody): void;
  /** Told by an announcement that names every live device but this one. */
  removedAt(): EpochId | null;
  /** Given a newer key after all: by pairing again, or by somebody who saw that the one who rotated did not know this device yet. */
  readmit(): void;
  /** What a record of an earlier run said. */
  recall(removedAt: EpochId): void;
}

export function createAnnouncements(deps: AnnouncementsDeps, space: SpaceId): Announcements {
  const { crypto, group, identity, keys, later, vault } = deps;
  let removedAt: EpochId | null = null;
  const keyOf = (epoch: EpochId): Pick<Put, 'table' | 'key'> => ({ table: TABLES.wait, key: `${space}/r/${epoch}` });

  const openBy = (secrets: readonly Uint8Array[], body: AnnouncementBody): ReturnType<typeof openAnnouncement> => {
    for (const secret of secrets) {
      const opened = openAnnouncement(crypto, space, secret, body);
      if (opened !== null) return opened;
    }
    return null;
  };

  const readmit = (): void => {
    if (removedAt === null) return;
    later([], [keyOf(removedAt)]);
    removedAt = null;
    deps.grew();
  };

  return {
    readmit,
    removedAt: () => removedAt,
    recall(epoch) {
      removedAt = epoch;
    },
    take(body) {
      const epoch = body.epoch as unknown as EpochId;
      if (keys.ring.isSettled(epoch)) return;
      const opened = openBy([identity.sealingSecret, ...deps.lent()], body);
      if (opened === 'mismatch' || (opened === null && group.standing(body.author) !== 'live'))
        return deps.refuse('bad-announcement', body.author);
      if (opened !== null) {
        keys.learn(opened);
        for (const prior of openPriors(crypto, opened.read, body.priors)) keys.learn(prior);
        readmit();
      } else if (removedAt === null && keys.ring.secrets(epoch) === null) {
        removedAt = epoch;
        later([vault.put(TABLES.wait, keyOf(epoch).key, new Uint8Array(0))]);
        deps.emit({ type: 'alarm', alarm: 'removed', space, device: body.author });
      }
    },
  };
}
