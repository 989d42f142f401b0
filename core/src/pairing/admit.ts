/** The admitting side (C40, C41): one showing at a time, two minutes, a secret that burns at its first valid proof, few tries at a code. */
import type { DeviceId, PersonId, SpaceId } from '@leanvibe/protocol/ids';
import { fromHex, toHex } from '@leanvibe/protocol/ids';
import { type ConsentedCard, DEVICE_KINDS, deviceCard } from '@leanvibe/protocol/link';
import { sameBytes } from '@leanvibe/protocol/bytes';
import { encode } from '@leanvibe/protocol/shape';
import { WIRE_VERSION, WIRE_VERSION_MIN } from '@leanvibe/protocol/version';
import type { PairingMessage } from '@leanvibe/protocol/pairing';
import type { RefusalReason } from '@leanvibe/protocol/errors';
import { err, ok, type Result } from '../base/result.js';
import type { EpochSecrets } from '../keys/epoch.js';
import type { Channel } from '../ports/channel.js';
import type { ClockDep } from '../ports/clock.js';
import type { CryptoDep } from '../ports/crypto.js';
import type { RandomDep } from '../ports/random.js';
import { commitTo, digitsOf, type Part } from './digits.js';
import { linkProof } from './proof.js';
import { createTalk, PairingEnded, type Talk } from './talk.js';

export const SHOWING_MS = 2 * 60_000;
export const ANSWER_MS = 2 * 60_000;
const STEP_MS = 15_000;
const TRIES_WINDOW_MS = 10 * 60_000;
const TRIES_MAX = 3;

export interface Offer {
  readonly secret: string;
  readonly code: string;
  readonly expiresAtMs: number;
}

export type AdmitEvent =
  | { readonly type: 'asked'; readonly name: string; readonly device: DeviceId; readonly digits: string | null }
  | { readonly type: 'joined'; readonly name: string; readonly device: DeviceId }
  | { readonly type: 'alarm'; readonly message: string }
  | { readonly type: 'ended'; readonly reason: string };

/** What the engine does for an admission. */
export interface Admission {
  readonly self: DeviceId;
  readonly home: () => { readonly space: SpaceId; readonly person: PersonId };
  admit(device: ConsentedCard): Promise<Result<readonly EpochSecrets[], string>>;
  consentTo(space: SpaceId, person: PersonId): ConsentedCard;
  /** The newcomer's own old home, which it brings along. */
  adopt(space: SpaceId, epochs: readonly EpochSecrets[]): Promise<void>;
  refused(device: DeviceId, reason: RefusalReason): void;
  /** Something failed here that is nobody's fault on the wire. */
  fault(error: unknown): void;
}

export interface Admitter {
  offer(options: { readonly name: string; readonly autoConfirm: boolean }, on: (event: AdmitEvent) => void): Offer;
  current(): Offer | null;
  cancel(): void;
  confirm(accept: boolean, digits: string | null): Result<null, string>;
  serve(channel: Channel): void;
}

interface Showing extends Offer {
  readonly name: string;
  readonly autoConfirm: boolean;
  readonly on: (event: AdmitEvent) => void;
  burnt: boolean;
  asking: { readonly digits: string | null; readonly answer: (accept: boolean) => void } | null;
}

type Ask = Extract<PairingMessage, { readonly type: 'ask' }>;

export function createAdmitter(deps: ClockDep & CryptoDep & RandomDep, engine: Admission): Admitter {
  const { clock, crypto, random } = deps;
  let showing: Showing | null = null;
  /** The last showing whose secret was used: a second use is a thief's, or a mistake worth a word (C40). */
  let spent: Showing | null = null;
  let tries: readonly number[] = [];

  const open = (): Showing | null => (showing !== null && clock.nowMs() < showing.expiresAtMs ? showing : null);

  const end = (which: Showing, reason: string): void => {
    if (showing === which) showing = null;
    if (which.burnt) spent = which;
    which.on({ type: 'ended', reason });
  };

  /** The showing this newcomer may use, or why not. */
  const select = (ask: Ask, peer: DeviceId): Result<Showing, RefusalReason> => {
    const current = open();
    if (ask.version < WIRE_VERSION_MIN || ask.version > WIRE_VERSION) return err('version');
    const proven = (which: Showing): boolean =>
      ask.proof !== null && crypto.equal(linkProof(crypto, fromHex(which.secret) as Uint8Array, peer, engine.self, ask.nonce), ask.proof);
    const used = [current, spent].find((which) => which?.burnt === true && proven(which)) ?? null;
    if (used !== null) {
      used.on({ type: 'alarm', message: 'a second device used this pairing link: if that was not you, revoke the device that joined' });
      return err('pairing-expired');
    }
    if (current === null) return err('pairing-expired');
    if (ask.proof !== null) {
      if (!proven(current)) return err('pairing-proof');
      current.burnt = true;
      return ok(current);
    }
    tries = tries.filter((at) => clock.nowMs() - at < TRIES_WINDOW_MS);
    if (tries.length >= TRIES_MAX) return err('pairing-rate');
    if (ask.code !== current.code) return err('pairing-proof');
    if (current.burnt) return err('pairing-expired');
    tries = [...tries, clock.nowMs()];
    return ok(current);
  };

  const compare = async (talk: Talk, ask: Ask, peer: DeviceId): Promise<string> => {
    const secret = random.bytes(32);
    const mine: Part = { device: engine.self, nonce: random.bytes(32), ephemeral: crypto.boxPublicKey(secret) };
    talk.send({ type: 'commit', commitment: commitTo(crypto, mine) });
    const answer = await talk.expect('answer', STEP_MS);
    talk.send({ type: 'reveal', nonce: mine.nonce, ephemeral: mine.ephemeral });
    const digits = digitsOf(crypto, mine, { device: peer, nonce: answer.nonce, ephemeral: answer.ephemeral }, secret, answer.ephemeral);
    if (digits === null || ask.card.device !== peer) throw new PairingEnded('the other device does not follow the protocol');
    return digits;
  };

  const asked = (current: Showing, name: string, device: DeviceId, digits: string | null): Promise<boolean> =>
    new Promise((resolve) => {
      const cancel = clock.after(ANSWER_MS, () => resolve(false));
      current.asking = {
        digits,
        answer: (accept) => {
          cancel();
          current.asking = null;
          resolve(accept);
        },
      };
      current.on({ type: 'asked', name, device, digits });
    });

  const welcome = async (talk: Talk, current: Showing, ask: Ask, peer: DeviceId): Promise<void> => {
    const { space, person } = engine.home();
    talk.send({ type: 'invite', person, space, personName: current.name, deviceName: current.name });
    const consent = await talk.expect('consent', ANSWER_MS);
    if (showing !== current) throw new PairingEnded('the showing has ended');
    if (!sameBytes(encode(deviceCard, consent.device.card), encode(deviceCard, ask.card)))
      throw new PairingEnded('the other device does not follow the protocol');
    const epochs = await engine.admit(consent.device);
    if (!epochs.ok) {
      talk.refuse('not-admitted', epochs.error);
      throw new PairingEnded(epochs.error);
    }
    talk.send({ type: 'welcome', space, epochs: epochs.value.map(({ epoch, read, append }) => ({ epoch, read, append })) });
    for (let own = ask.hasData; ; own = false) {
      const message = await talk.next(STEP_MS);
      if (message.type === 'done') break;
      if (message.type !== 'reverse' || !own) throw new PairingEnded('the other device does not follow the protocol');
      talk.send({ type: 'consent', device: engine.consentTo(message.space, person) });
      const theirs = await talk.expect('welcome', STEP_MS);
      await engine.adopt(
        theirs.space,
        theirs.epochs.map((one) => ({ epoch: one.epoch, read: one.read.slice(), append: one.append?.slice() ?? null })),
      );
    }
    talk.send({ type: 'done' });
    talk.close();
    current.on({ type: 'joined', name: ask.name, device: peer });
    end(current, 'joined');
  };

  const turnAway = (talk: Talk, peer: DeviceId, reason: RefusalReason): void => {
    engine.refused(peer, reason);
    talk.refuse(
      reason,
      reason === 'version'
        ? 'the two devices run different versions: update the older one'
        : 'the code or link is wrong, used or out of date: show a new one',
    );
  };

  /** `burns`: the showing is this newcomer's from here on. */
  const run = async (talk: Talk, peer: DeviceId, burns: (current: Showing) => void): Promise<void> => {
    const ask = await talk.expect('ask', STEP_MS);
    const selected = select(ask, peer);
    if (!selected.ok) return turnAway(talk, peer, selected.error);
    // Paper outranks everybody and is never admitted by a handshake.
    if (ask.card.device !== peer || DEVICE_KINDS[ask.card.kind] === 'paper') return turnAway(talk, peer, 'malformed');
    const current = selected.value;
    if (ask.proof !== null) burns(current);
    const digits = ask.proof === null ? await compare(talk, ask, peer) : null;
    if (digits !== null || !current.autoConfirm) {
      // One question at a time: nobody may slip in under the answer to another.
      if (current.asking !== null) return turnAway(talk, peer, 'pairing-rate');
      const accepted = await asked(current, ask.name, peer, digits);
      if (!accepted) {
        talk.refuse('declined', 'the other device declined');
        return end(current, 'declined');
      }
    }
    if (digits !== null) {
      current.burnt = true;
      burns(current);
      talk.send({ type: 'confirmed' });
      await talk.expect('confirmed', ANSWER_MS);
    }
    await welcome(talk, current, ask, peer);
  };

  return {
    offer({ name, autoConfirm }, on) {
      if (showing !== null) end(showing, 'replaced');
      const number = random.bytes(8).reduce((value, byte) => (value * 256 + byte) % 100_000_000, 0);
      showing = {
        secret: toHex(random.bytes(16)),
        code: String(number).padStart(8, '0'),
        expiresAtMs: clock.nowMs() + SHOWING_MS,
        name,
        autoConfirm,
        on,
        burnt: false,
        asking: null,
      };
      return showing;
    },
    current: open,
    cancel() {
      if (showing !== null) end(showing, 'cancelled');
    },
    confirm(accept, digits) {
      const asking = showing?.asking ?? null;
      if (asking === null) return err('nobody is asking to join now');
      if (accept && digits !== null && digits !== asking.digits) {
        asking.answer(false);
        return err('the digits differ: nothing was shared. Show a new code and try again');
      }
      asking.answer(accept);
      return ok(null);
    },
    serve(channel) {
      const talk = createTalk(channel, clock);
      let mine: Showing | null = null;
      run(talk, channel.peer, (current) => {
        mine = current;
      }).catch((error: unknown) => {
        if (!(error instanceof PairingEnded)) engine.fault(error);
        talk.close();
        // Somebody else's failure ends nobody's showing.
        if (mine !== null && mine === open()) end(mine, error instanceof PairingEnded ? error.message : 'pairing failed here: see the log');
      });
    },
  };
}
