/** The helping side of recovery (C43): hands a new device the secrets of the spaces in which the words' paper device is a live member, and nothing else to anybody. */
import type { RefusalReason } from '@leanvibe/protocol/errors';
import type { DeviceId, SpaceId } from '@leanvibe/protocol/ids';
import { WIRE_VERSION, WIRE_VERSION_MIN } from '@leanvibe/protocol/version';
import type { EpochSecrets } from '../keys/epoch.js';
import { createTalk, PairingEnded, type Talk } from '../pairing/talk.js';
import type { Channel } from '../ports/channel.js';
import type { ClockDep } from '../ports/clock.js';
import type { CryptoDep } from '../ports/crypto.js';
import type { RandomDep } from '../ports/random.js';
import { isRecoveryProof } from './proof.js';

export interface SpaceSecrets {
  readonly space: SpaceId;
  /** Oldest first. */
  readonly epochs: readonly EpochSecrets[];
}

/** What the engine does for a helper. */
export interface Helping {
  readonly self: DeviceId;
  /** What this paper device may have now: nothing where it is no live member. */
  secretsFor(paper: DeviceId): readonly SpaceSecrets[];
  /** About to hand them over. */
  used(paper: DeviceId, by: DeviceId): void;
  refused(by: DeviceId, reason: RefusalReason): void;
  /** Something failed here that is nobody's fault on the wire. */
  fault(error: unknown): void;
}

const STEP_MS = 15_000;
const TRIES_MAX = 3;
const TRIES_WINDOW_MS = 10 * 60_000;
/** Whoever asks under ever new keys costs one signature check a time, and no more than this at once. */
const AT_ONCE_MAX = 8;
const REMEMBERED_MAX = 1024;
/** What one message holds; older ones are found among the prior secrets of links. */
const EPOCHS_MAX = 4096;

/** One sentence for words that are wrong, revoked, unknown or tried too often: a stranger learns nothing from it. */
const REFUSED = 'this device cannot help with these words';

export interface Helper {
  /** Somebody dialled the recovery protocol. */
  serve(channel: Channel): void;
}

export function createHelper({ clock, crypto, random }: ClockDep & CryptoDep & RandomDep, engine: Helping): Helper {
  const triesBy = new Map<DeviceId, readonly number[]>();
  let atOnce = 0;

  const recentTries = (by: DeviceId): readonly number[] => (triesBy.get(by) ?? []).filter((at) => clock.nowMs() - at < TRIES_WINDOW_MS);

  const noteTry = (by: DeviceId): void => {
    const tries = [...recentTries(by), clock.nowMs()];
    triesBy.delete(by);
    triesBy.set(by, tries);
    const oldest = triesBy.keys().next();
    if (triesBy.size > REMEMBERED_MAX && oldest.done !== true) triesBy.delete(oldest.value);
  };

  const run = async (talk: Talk, seeker: DeviceId): Promise<void> => {
    const { version, nonce: seekerNonce } = await talk.expect('recover', STEP_MS);
    if (version < WIRE_VERSION_MIN || version > WIRE_VERSION) {
      engine.refused(seeker, 'version');
      return talk.refuse('version', 'the two devices run different versions: update the older one');
    }
    const helperNonce = random.bytes(32);
    talk.send({ type: 'challenge', nonce: helperNonce });
    const { paper, signature } = await talk.expect('prove', STEP_MS);
    // The signature is checked in every case, so that the time it takes tells nothing either.
    const proven = isRecoveryProof(crypto, paper, { seeker, helper: engine.self, seekerNonce, helperNonce }, signature);
    const secrets = proven && recentTries(seeker).length < TRIES_MAX ? engine.secretsFor(paper) : [];
    if (secrets.length === 0) {
      noteTry(seeker);
      engine.refused(seeker, 'recovery');
      return talk.refuse('recovery', REFUSED);
    }
    engine.used(paper, seeker);
    for (const { space, epochs } of secrets) {
      talk.send({
        type: 'recovered',
        space,
        epochs: epochs.slice(-EPOCHS_MAX).map(({ epoch, read, append }) => ({ epoch, read, append })),
      });
      await talk.expect('done', STEP_MS);
    }
    talk.send({ type: 'done' });
    talk.close();
  };

  return {
    serve(channel) {
      if (atOnce >= AT_ONCE_MAX) return channel.close('busy');
      atOnce += 1;
      const talk = createTalk(channel, clock);
      run(talk, channel.peer)
        .catch((error: unknown) => {
          talk.close();
          if (!(error instanceof PairingEnded)) engine.fault(error);
        })
        .finally(() => {
          atOnce -= 1;
        });
    },
  };
}
