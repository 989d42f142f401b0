/** The keys of one running space: what it holds, what it just learned, and the records that outlive this run. */
import type { EpochId, SpaceId } from '@leanvibe/protocol/ids';
import { encode } from '@leanvibe/protocol/shape';
import { decodeAtRest } from '../base/rest.js';
import { openPriors } from '../keys/announce.js';
import type { EpochSecrets } from '../keys/epoch.js';
import { openGrant } from '../keys/grant.js';
import type { Vault } from '../keys/local.js';
import { type Commitments, createKeyRing, type KeyRing } from '../keys/ring.js';
import type { Crypto } from '../ports/crypto.js';
import type { Identity } from './identity.js';
import type { Put, PutOff } from './put-off.js';
import type { SpaceGroup } from './space-group.js';
import { epochKey, epochRecord, TABLES } from './tables.js';

export interface SpaceKeys {
  readonly ring: KeyRing;
  /** True when it was not known. */
  learn(secrets: EpochSecrets): boolean;
  /** Every epoch held, newest first. */
  epochs(): readonly EpochSecrets[];
  /** The record of an epoch, for a batch that must hold it at once. */
  put(secrets: EpochSecrets): Put;
  /** Unlocks what waits for epochs learned since the last call; false when there were none. What throws is unlocked again by the next call. */
  release(later: PutOff['later'], unlock: (epoch: EpochId) => Promise<void>): Promise<boolean>;
  /** Links grew: tells true secrets from false ones where an epoch's link is known now, and takes the older ones it hands down. */
  learnFrom(group: SpaceGroup): void;
  load(): Promise<void>;
}

const EPOCHS_MAX = 10_000;
const EPOCH_CHARS = 64;

export function createSpaceKeys(crypto: Crypto, vault: Vault, identity: Identity, space: SpaceId): SpaceKeys {
  const ring = createKeyRing(crypto);
  const order: EpochId[] = [];
  let fresh: EpochSecrets[] = [];
  /** Learned, and what waits for them is not unlocked yet. */
  const locked = new Set<EpochId>();
  let learned = 0;

  const learn = (secrets: EpochSecrets): boolean => {
    if (!ring.add(secrets)) return false;
    if (!order.includes(secrets.epoch)) order.push(secrets.epoch);
    fresh.push(secrets);
    return true;
  };

  /** Whoever may write since, was granted W of an epoch it could only read (C11). */
  const learnAppend = (group: SpaceGroup, held: EpochSecrets, commitments: Commitments): void => {
    for (const grant of group.grantsTo(identity.device)) {
      const given =
        grant.append && grant.epoch === held.epoch
          ? openGrant(crypto, identity.sealingSecret, space, held.epoch, grant.box, commitments)
          : null;
      if (given?.append != null) learn(given);
    }
  };

  const put: SpaceKeys['put'] = ({ epoch, read, append }) =>
    vault.put(TABLES.epoch, epochKey(crypto, space, { epoch, read }), encode(epochRecord, { read, append, learned: learned++ }));

  return {
    ring,
    learn,
    epochs: () => order.toReversed().flatMap((epoch) => ring.candidates(epoch).toReversed()),
    put,
    async release(later, unlock) {
      later(fresh.map(put));
      for (const { epoch } of fresh) locked.add(epoch);
      fresh = [];
      if (locked.size === 0) return false;
      for (const epoch of locked) {
        await unlock(epoch);
        locked.delete(epoch);
      }
      return true;
    },
    learnFrom(group) {
      for (const epoch of [...order]) {
        // Its link may wait for others that are sealed under the very secrets it hands down.
        const operation = group.epochWords(epoch);
        const settled = ring.isSettled(epoch);
        if (operation === null || !ring.matches(space, epoch, operation)) continue;
        const secrets = ring.secrets(epoch);
        if (secrets === null) continue;
        // What waited because nobody could tell is looked at again.
        if (!settled) fresh.push(secrets);
        for (const prior of openPriors(crypto, secrets.read, operation.priors)) learn(prior);
        if (secrets.append === null) learnAppend(group, secrets, operation);
      }
    },
    async load() {
      const rows = await vault.scan(TABLES.epoch, `${space}/`, null, EPOCHS_MAX);
      const stored = rows.map(({ key, value }) => ({
        epoch: key.slice(space.length + 1, space.length + 1 + EPOCH_CHARS) as EpochId,
        ...decodeAtRest(epochRecord, value, 'epoch'),
      }));
      for (const { epoch, read, append, learned: number } of stored.sort((a, b) => a.learned - b.learned)) {
        learned = number + 1;
        learn({ epoch, read: read.slice(), append: append?.slice() ?? null });
      }
      fresh = [];
    },
  };
}
