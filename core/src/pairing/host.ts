/** The inviting side (C42, W27): whoever knows the admission key knocks, consents to the space, and waits for a person's word. */
import { type DeviceId, fromHex, type PersonId, type SpaceId, toHex } from '@leanvibe/protocol/ids';
import { type ConsentedCard, DEVICE_KINDS, deviceCard } from '@leanvibe/protocol/link';
import { sameBytes } from '@leanvibe/protocol/bytes';
import { type RefusalReason, REFUSALS } from '@leanvibe/protocol/errors';
import type { PairingMessage } from '@leanvibe/protocol/pairing';
import { encode } from '@leanvibe/protocol/shape';
import { WIRE_VERSION, WIRE_VERSION_MIN } from '@leanvibe/protocol/version';
import type { Result } from '../base/result.js';
import type { EpochSecrets } from '../keys/epoch.js';
import type { Channel } from '../ports/channel.js';
import type { ClockDep } from '../ports/clock.js';
import type { CryptoDep } from '../ports/crypto.js';
import { admissionProof } from './proof.js';
import { createTalk, PairingEnded, type Talk } from './talk.js';

const STEP_MS = 30_000;
/** A guest whose channel stays open this long without an answer knocks again. */
export const WAIT_MS = 10 * 60_000;

type KnockMessage = Extract<PairingMessage, { readonly type: 'knock' }>;

/** Who knocked, and at which invite. */
export interface Guest {
  /** Hex. */
  readonly invite: string;
  readonly device: DeviceId;
  readonly person: PersonId;
  readonly personName: string;
  readonly deviceName: string;
}

export interface Door {
  readonly space: SpaceId;
  /** Place in ROLES. */
  readonly role: number;
  readonly asks: boolean;
}

/** Why a guest does not get in; the words are for the guest. */
export interface TurnedAway {
  readonly code: RefusalReason;
  readonly words: string;
}

export type Admitted =
  | { readonly state: 'waiting' }
  | { readonly state: 'admitted'; readonly epochs: readonly EpochSecrets[] }
  | { readonly state: 'away'; readonly why: TurnedAway };

/** What the engine does for an invite. */
export interface Hosting {
  readonly self: DeviceId;
  /** The admission key of an invite, whatever became of it; null for an unknown one. */
  secretOf(invite: string): string | null;
  /** Asked once the proof holds, before anything is kept. */
  doorFor(guest: Guest): Result<Door, TurnedAway>;
  /** Keeps the request, or answers one that was kept; durable when it resolves. */
  ask(guest: Guest, device: ConsentedCard): Promise<Admitted>;
  /** Told once, when a waiting guest's request is decided; returns the end of listening. */
  onDecided(guest: Guest, tell: (answer: Admitted) => void): () => void;
  refused(device: DeviceId, reason: RefusalReason): void;
  fault(error: unknown): void;
}

function proven(deps: CryptoDep, engine: Hosting, peer: DeviceId, knock: KnockMessage): boolean {
  const secret = fromHex(engine.secretOf(toHex(knock.invite)) ?? '') ?? new Uint8Array(0);
  if (secret.length === 0) return false;
  const proof = admissionProof(deps.crypto, secret, { ...knock, guest: peer, host: engine.self });
  return deps.crypto.equal(proof, knock.proof);
}

/** One guest at our door, until it was let in, turned away, or went. */
export function serveGuest(deps: ClockDep & CryptoDep, engine: Hosting, channel: Channel): void {
  const talk: Talk = createTalk(channel, deps.clock);
  const { peer } = channel;
  const turnAway = ({ code, words }: TurnedAway): void => {
    engine.refused(peer, code);
    talk.refuse(code, words);
  };

  const run = async (): Promise<void> => {
    const knock = await talk.expect('knock', STEP_MS);
    if (knock.version < WIRE_VERSION_MIN || knock.version > WIRE_VERSION)
      return turnAway({ code: 'version', words: 'the two devices run different versions: update the older one' });
    if (knock.card.device !== peer || DEVICE_KINDS[knock.card.kind] === 'paper')
      return turnAway({ code: 'malformed', words: REFUSALS.malformed.there });
    if (!proven(deps, engine, peer, knock))
      return turnAway({ code: 'invite-proof', words: 'this device knows no such invite: check the link, or ask for a new one' });
    const { person, personName, deviceName } = knock;
    const guest: Guest = { invite: toHex(knock.invite), device: peer, person, personName, deviceName };
    const door = engine.doorFor(guest);
    if (!door.ok) return turnAway(door.error);
    talk.send({ type: 'door', ...door.value });
    const { device } = await talk.expect('consent', STEP_MS);
    if (!sameBytes(encode(deviceCard, device.card), encode(deviceCard, knock.card)))
      throw new PairingEnded('the other device does not follow the protocol');
    const first = await engine.ask(guest, device);
    if (first.state === 'waiting') talk.send({ type: 'waiting' });
    const answer = first.state === 'waiting' ? await decided(guest) : first;
    if (answer.state === 'waiting') return talk.close();
    if (answer.state === 'away') return turnAway(answer.why);
    const epochs = answer.epochs.map(({ epoch, read, append }) => ({ epoch, read, append }));
    talk.send({ type: 'welcome', space: door.value.space, epochs });
    await talk.expect('done', STEP_MS);
    talk.close();
  };
  /** A guest that waits says nothing: whatever ends that ends the wait. */
  const decided = (guest: Guest): Promise<Admitted> =>
    new Promise((resolve, reject) => {
      const stop = engine.onDecided(guest, resolve);
      talk
        .next(WAIT_MS)
        .then(() => resolve({ state: 'waiting' }), reject)
        .finally(stop);
    });

  run().catch((error: unknown) => {
    if (!(error instanceof PairingEnded)) engine.fault(error);
    talk.close();
  });
}
