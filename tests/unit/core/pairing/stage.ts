/** Two devices that pair over a memory channel, and everything they tell: the stage of pairing's tests. */
import { ok } from '@leanvibe/core/internal/base/result';
import type { PersonId, SpaceId } from '@leanvibe/protocol/ids';
import { type PairingMessage, pairingMessage } from '@leanvibe/protocol/pairing';
import { decode, encode } from '@leanvibe/protocol/shape';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { signConsent } from '@leanvibe/core/internal/group/consent';
import type { EpochSecrets } from '@leanvibe/core/internal/keys/epoch';
import { createMemoryPair } from '@leanvibe/core/internal/memory/channel';
import { type AdmitEvent, type Admitter, createAdmitter } from '@leanvibe/core/internal/pairing/admit';
import { type Join, type JoinEvent, type JoinOptions, startJoin } from '@leanvibe/core/internal/pairing/join';
import type { Channel } from '@leanvibe/core/internal/ports/channel';
import { createVirtualClock, type VirtualClock } from '../../../help/clock.js';
import { createRandom } from '../../../help/random.js';
import { SECRETS } from '../../../vectors/entries.js';
import { type Actor, actor, madeId, SPACE } from '../../../vectors/kit.js';

const crypto = nativeCrypto();
export const OLD_HOME = madeId<SpaceId>('old home');

export interface Newcomer {
  readonly who: Actor;
  readonly events: JoinEvent[];
  readonly entered: { readonly space: SpaceId; readonly epochs: readonly EpochSecrets[]; readonly keepHome: boolean }[];
  readonly join: Join;
}

export interface Stage {
  readonly clock: VirtualClock;
  readonly admitter: Admitter;
  readonly mac: Actor;
  readonly events: AdmitEvent[];
  readonly admitted: string[];
  readonly adopted: SpaceId[];
  readonly refusals: string[];
  /** A device dials the admitter and joins. */
  joins(name: string, options: Partial<JoinOptions>, hasData?: boolean): Newcomer;
  /** A device that speaks for itself, message by message. */
  speaks(name: string): {
    readonly who: Actor;
    readonly channel: Channel;
    readonly heard: PairingMessage[];
    say(message: PairingMessage): void;
  };
  run(ms?: number): Promise<void>;
}

export function createStage(seed: string): Stage {
  const clock = createVirtualClock();
  const mac = actor(crypto, `${seed} mac`);
  const events: AdmitEvent[] = [];
  const admitted: string[] = [];
  const adopted: SpaceId[] = [];
  const refusals: string[] = [];
  const person = SPACE as string as PersonId;
  const fault = (error: unknown): void => {
    throw error;
  };
  const admitter = createAdmitter(
    { clock, crypto, random: createRandom(`${seed} admitter`) },
    {
      self: mac.device,
      home: () => ({ space: SPACE, person }),
      async admit(device) {
        admitted.push(device.card.device);
        return ok([SECRETS]);
      },
      consentTo: (space, to) => signConsent(crypto, mac.keys, mac.card, space, to),
      async adopt(space) {
        adopted.push(space);
      },
      refused: (_device, reason) => void refusals.push(reason),
      fault,
    },
  );
  const dial = (who: Actor): Channel => {
    const pair = createMemoryPair({ clock }, { left: who.device, right: mac.device });
    admitter.serve(pair.right);
    return pair.left;
  };
  return {
    clock,
    admitter,
    mac,
    events,
    admitted,
    adopted,
    refusals,
    joins(name, options, hasData = false) {
      const who = actor(crypto, `${seed} ${name}`);
      const own: JoinEvent[] = [];
      const entered: Newcomer['entered'] = [];
      const join = startJoin(
        { clock, crypto, random: createRandom(`${seed} ${name}`) },
        {
          self: who.device,
          card: who.card,
          hasData: () => Promise.resolve(hasData),
          consentTo: (space, to) => signConsent(crypto, who.keys, who.card, space, to),
          enter: (space, epochs, keepHome) => {
            entered.push({ space, epochs, keepHome });
            return Promise.resolve();
          },
          oldHome: () => OLD_HOME,
          admitPerson: () => Promise.resolve(ok([SECRETS])),
          fault,
        },
        dial(who),
        { name, secret: null, code: null, keepHome: false, ...options },
        (event) => own.push(event),
      );
      return { who, events: own, entered, join };
    },
    speaks(name) {
      const who = actor(crypto, `${seed} ${name}`);
      const channel = dial(who);
      const heard: PairingMessage[] = [];
      channel.start({
        onFrame(frame) {
          const message = decode(pairingMessage, frame);
          if (message.ok) heard.push(message.value);
        },
        onDrain: () => undefined,
        onClose: () => undefined,
      });
      return { who, channel, heard, say: (message) => channel.send(encode(pairingMessage, message)) };
    },
    run: (ms = 1_000) => clock.advance(ms),
  };
}
