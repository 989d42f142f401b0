/** The seeking side of recovery (C43): proves to one device that it speaks for the words' paper device, and takes what that one hands over. */
import type { DeviceId } from '@leanvibe/protocol/ids';
import { WIRE_VERSION } from '@leanvibe/protocol/version';
import { err, ok, type Result } from '../base/result.js';
import { createTalk, PairingEnded } from '../pairing/talk.js';
import type { Channel } from '../ports/channel.js';
import type { ClockDep } from '../ports/clock.js';
import type { CryptoDep, SigningKeys } from '../ports/crypto.js';
import type { RandomDep } from '../ports/random.js';
import type { SpaceSecrets } from './help.js';
import { signRecovery } from './proof.js';

export interface Seeker {
  readonly self: DeviceId;
  readonly paper: { readonly device: DeviceId; readonly signing: SigningKeys };
}

const STEP_MS = 20_000;
/** More spaces than a person is in; a helper that goes on is no helper. */
const SPACES_MAX = 1024;

/** Nothing of it is true before links said so: whoever is asked may lie. The error is in words of this side only. */
export async function seekHelp(
  { clock, crypto, random }: ClockDep & CryptoDep & RandomDep,
  { self, paper }: Seeker,
  channel: Channel,
): Promise<Result<readonly SpaceSecrets[], string>> {
  const talk = createTalk(channel, clock);
  try {
    const seekerNonce = random.bytes(32);
    talk.send({ type: 'recover', version: WIRE_VERSION, nonce: seekerNonce });
    const { nonce: helperNonce } = await talk.expect('challenge', STEP_MS);
    const meeting = { seeker: self, helper: channel.peer, seekerNonce, helperNonce };
    talk.send({ type: 'prove', paper: paper.device, signature: signRecovery(crypto, paper.signing, meeting) });
    const handed: SpaceSecrets[] = [];
    for (;;) {
      const message = await talk.next(STEP_MS);
      if (message.type === 'done') break;
      if (message.type !== 'recovered' || handed.length >= SPACES_MAX)
        throw new PairingEnded('the other device does not follow the protocol');
      const epochs = message.epochs.map((one) => ({ epoch: one.epoch, read: one.read.slice(), append: one.append?.slice() ?? null }));
      handed.push({ space: message.space, epochs });
      talk.send({ type: 'done' });
    }
    talk.close();
    return ok(handed);
  } catch (error) {
    talk.close();
    if (error instanceof PairingEnded) return err(error.message);
    throw error;
  }
}
