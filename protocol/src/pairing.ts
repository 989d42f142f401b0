/** The pairing doorway: how a new device or person proves it was invited, and is told whose person or which space it joins (C40 – C42). */
import type { DeviceId, EpochId, PersonId, SpaceId } from './ids.js';
import { consentedCard, deviceCard, role } from './link.js';
import { NAME_BYTES_MAX } from './limits.js';
import { bytes, flag, id, list, optional, record, text, type TypeOf, uint, union } from './shape.js';

/** R and W of one epoch; W only for devices that may append. */
export const epochSecrets = record({ epoch: [0, id<EpochId>()], read: [1, bytes(32, 32)], append: [2, optional(bytes(32, 32))] });

export const pairingMessage = union({
  /** Joiner → admitter. `proof`: MAC of the link's secret over both device ids and the nonce. */
  ask: [
    1,
    record({
      version: [0, uint(255)],
      nonce: [1, bytes(32, 32)],
      card: [2, deviceCard],
      name: [3, text(NAME_BYTES_MAX)],
      /** Present when a link's secret was given. */ proof: [4, optional(bytes(32, 32))],
      /** Present when a short code was typed; it only selects the showing. */ code: [5, optional(text(16))],
      hasData: [6, flag],
    }),
  ],
  /** Admitter → joiner, short code: H(label ‖ nA ‖ devA ‖ ephA), sent before it sees nB. */
  commit: [2, record({ commitment: [0, bytes(32, 32)] })],
  /** Joiner → admitter. */
  answer: [3, record({ nonce: [0, bytes(32, 32)], ephemeral: [1, bytes(32, 32)] })],
  /** Admitter → joiner. */
  reveal: [4, record({ nonce: [0, bytes(32, 32)], ephemeral: [1, bytes(32, 32)] })],
  /** Either side: its person has confirmed the six digits. */
  confirmed: [5, record({})],
  /** Admitter → joiner: whose person this is, and the space to consent to. */
  invite: [
    6,
    record({
      person: [0, id<PersonId>()],
      space: [1, id<SpaceId>()],
      personName: [2, text(NAME_BYTES_MAX)],
      deviceName: [3, text(NAME_BYTES_MAX)],
    }),
  ],
  /** Whoever is to be added: its signed consent for the space just named. */
  consent: [7, record({ device: [0, consentedCard] })],
  /** The space's secrets, oldest epoch first; its links come by sync and are verified from genesis. */
  welcome: [8, record({ space: [0, id<SpaceId>()], epochs: [1, list(epochSecrets, 4096)] })],
  /** Joiner → admitter, when it keeps its own home space: admit the other person's device there. */
  reverse: [9, record({ space: [0, id<SpaceId>()] })],
  refuse: [10, record({ code: [0, text(64)], detail: [1, text(256)] })],
  done: [11, record({})],
  /** Guest → host (C42). `proof`: MAC of the invite's secret over both device ids, the invite, the person and the nonce. Invites have a channel of their own. */
  knock: [
    12,
    record({
      version: [0, uint(255)],
      invite: [1, bytes(16, 16)],
      nonce: [2, bytes(32, 32)],
      proof: [3, bytes(32, 32)],
      card: [4, deviceCard],
      /** The guest's home. */ person: [5, id<PersonId>()],
      personName: [6, text(NAME_BYTES_MAX)],
      deviceName: [7, text(NAME_BYTES_MAX)],
    }),
  ],
  /** Host → guest, after a proof that holds: the space to consent to. `asks`: a person will be asked. */
  door: [13, record({ space: [0, id<SpaceId>()], role: [1, role], asks: [2, flag] })],
  /** Host → guest: the request is kept, also when the channel goes; the same knock asks again. */
  waiting: [14, record({})],
  /** New device → any device that may help. Recovery by words has a channel of its own (C43). */
  recover: [16, record({ version: [0, uint(255)], nonce: [1, bytes(32, 32)] })],
  /** The answer, to whoever asks. */
  challenge: [17, record({ nonce: [0, bytes(32, 32)] })],
  /** `signature` is the paper device's, over both device ids and both nonces. */
  prove: [18, record({ paper: [0, id<DeviceId>()], signature: [1, bytes(64, 64)] })],
  /** The secrets of one space that the paper device is a live member of, oldest epoch first; answered by `done`, and `done` says it was the last. */
  recovered: [19, record({ space: [0, id<SpaceId>()], epochs: [1, list(epochSecrets, 4096)] })],
});
export type PairingMessage = TypeOf<typeof pairingMessage>;
