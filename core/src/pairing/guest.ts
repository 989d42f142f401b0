/** The invited side (C42, W27): knocks with the invite's secret, consents to the space it is told, and comes back until somebody decided. */
import { type DeviceId, fromHex, type PersonId, type SpaceId } from '@leanvibe/protocol/ids';
import { type ConsentedCard, type DeviceCard, type Role, ROLES } from '@leanvibe/protocol/link';
import { WIRE_VERSION } from '@leanvibe/protocol/version';
import { err, ok, type Result } from '../base/result.js';
import type { EpochSecrets } from '../keys/epoch.js';
import type { Channel } from '../ports/channel.js';
import type { ClockDep } from '../ports/clock.js';
import type { CryptoDep } from '../ports/crypto.js';
import type { RandomDep } from '../ports/random.js';
import { WAIT_MS } from './host.js';
import { admissionProof } from './proof.js';
import { createTalk, PairingEnded } from './talk.js';

const STEP_MS = 30_000;
const ID_BYTES = 16;

export type AcceptEvent =
  /** The invite holds: this is the space, and the role it gives at most. */
  | { readonly type: 'asked'; readonly space: SpaceId; readonly role: Role }
  /** The request is kept there. `connected` false: the channel went before an answer; knock again later with the same words. */
  | { readonly type: 'waiting'; readonly connected: boolean }
  | { readonly type: 'joined'; readonly space: SpaceId }
  | { readonly type: 'denied'; readonly message: string }
  /** `code`: a fixed word such as `invite-used`; null when it failed on the way, and another try may do. */
  | { readonly type: 'failed'; readonly code: string | null; readonly message: string };

export interface AcceptOptions {
  /** Id and secret of the invite in hex. */
  readonly invite: string;
  readonly secret: string;
  readonly personName: string;
  readonly deviceName: string;
}

/** What the engine does for a guest. */
export interface Visiting {
  readonly self: DeviceId;
  readonly card: DeviceCard;
  readonly person: () => PersonId;
  /** Why this device may not join any space now, or this one. */
  objection(space: SpaceId | null): string | null;
  consentTo(space: SpaceId): ConsentedCard;
  enter(space: SpaceId, epochs: readonly EpochSecrets[]): Promise<void>;
  fault(error: unknown): void;
}

export interface Accept {
  cancel(): void;
}

function secretsOf(options: AcceptOptions): Result<{ readonly invite: Uint8Array; readonly secret: Uint8Array }, string> {
  const [invite, secret] = [fromHex(options.invite), fromHex(options.secret)];
  return invite?.length === ID_BYTES && secret?.length === ID_BYTES ? ok({ invite, secret }) : err('this is no invite link');
}

export function startAccept(
  deps: ClockDep & CryptoDep & RandomDep,
  engine: Visiting,
  channel: Channel,
  options: AcceptOptions,
  on: (event: AcceptEvent) => void,
): Accept {
  const { clock, crypto, random } = deps;
  const talk = createTalk(channel, clock);
  let waiting = false;

  const run = async (): Promise<void> => {
    const objection = engine.objection(null);
    const secrets = objection === null ? secretsOf(options) : err(objection);
    if (!secrets.ok) throw new PairingEnded(secrets.error, 'not-now');
    const { invite, secret } = secrets.value;
    const [person, nonce] = [engine.person(), random.bytes(32)];
    const proof = admissionProof(crypto, secret, { guest: engine.self, host: channel.peer, invite, person, nonce });
    const { personName, deviceName } = options;
    talk.send({ type: 'knock', version: WIRE_VERSION, invite, nonce, proof, card: engine.card, person, personName, deviceName });
    const door = await talk.expect('door', STEP_MS);
    const role = ROLES[door.role];
    const against = engine.objection(door.space);
    if (role === undefined || against !== null)
      throw new PairingEnded(against ?? 'the other device does not follow the protocol', 'not-now');
    on({ type: 'asked', space: door.space, role });
    talk.send({ type: 'consent', device: engine.consentTo(door.space) });
    let answer = await talk.next(STEP_MS);
    if (answer.type === 'waiting') {
      waiting = true;
      on({ type: 'waiting', connected: true });
      answer = await talk.next(WAIT_MS + STEP_MS);
    }
    if (answer.type !== 'welcome' || answer.space !== door.space) throw new PairingEnded('the other device does not follow the protocol');
    await engine.enter(
      answer.space,
      answer.epochs.map((one) => ({ epoch: one.epoch, read: one.read.slice(), append: one.append?.slice() ?? null })),
    );
    talk.send({ type: 'done' });
    talk.close();
    on({ type: 'joined', space: door.space });
  };

  run().catch((error: unknown) => {
    talk.close();
    if (!(error instanceof PairingEnded)) {
      engine.fault(error);
      return on({ type: 'failed', code: null, message: 'joining failed here: see the log' });
    }
    if (error.code === 'invite-denied') return on({ type: 'denied', message: error.message });
    if (waiting && error.code === null) return on({ type: 'waiting', connected: false });
    on({ type: 'failed', code: error.code, message: error.message });
  });

  return { cancel: () => talk.refuse('cancelled', 'the guest cancelled') };
}
