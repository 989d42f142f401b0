/** The joining side (C40, C41): proves the link or compares digits, is told whose person it joins, and may bring its own home along. */
import { fromHex, type DeviceId, type PersonId, type SpaceId } from '@leanvibe/protocol/ids';
import type { ConsentedCard, DeviceCard } from '@leanvibe/protocol/link';
import { sameBytes } from '@leanvibe/protocol/bytes';
import { WIRE_VERSION } from '@leanvibe/protocol/version';
import { err, ok, type Result } from '../base/result.js';
import type { EpochSecrets } from '../keys/epoch.js';
import type { Channel } from '../ports/channel.js';
import type { ClockDep } from '../ports/clock.js';
import type { CryptoDep } from '../ports/crypto.js';
import type { RandomDep } from '../ports/random.js';
import { ANSWER_MS } from './admit.js';
import { commitTo, digitsOf, type Part } from './digits.js';
import { linkProof } from './proof.js';
import { createTalk, PairingEnded, type Talk } from './talk.js';

export type JoinEvent =
  | { readonly type: 'digits'; readonly digits: string }
  | { readonly type: 'invited'; readonly personName: string; readonly deviceName: string; readonly person: PersonId }
  | { readonly type: 'joined'; readonly space: SpaceId }
  | { readonly type: 'failed'; readonly message: string };

/** What the engine does for a join. */
export interface Joining {
  readonly self: DeviceId;
  readonly card: DeviceCard;
  readonly hasData: () => Promise<boolean>;
  consentTo(space: SpaceId, person: PersonId): ConsentedCard;
  /** Takes the space over as this device's home. `keepHome`: the old home stays as an ordinary space. */
  enter(space: SpaceId, epochs: readonly EpochSecrets[], keepHome: boolean): Promise<void>;
  oldHome(): SpaceId;
  /** Adds the other person to this device's old home as an owner; answers its secrets. */
  admitPerson(person: PersonId, device: ConsentedCard): Promise<Result<readonly EpochSecrets[], string>>;
  /** Something failed here that is nobody's fault on the wire. */
  fault(error: unknown): void;
}

export interface Join {
  confirm(accept: boolean, digits: string | null): Result<null, string>;
  cancel(): void;
}

export interface JoinOptions {
  readonly name: string;
  /** The link's secret in hex. */
  readonly secret: string | null;
  readonly code: string | null;
  readonly keepHome: boolean;
}

const STEP_MS = 30_000;

export function startJoin(
  deps: ClockDep & CryptoDep & RandomDep,
  engine: Joining,
  channel: Channel,
  options: JoinOptions,
  on: (event: JoinEvent) => void,
): Join {
  const { clock, crypto, random } = deps;
  const talk: Talk = createTalk(channel, clock);
  let asking: { readonly digits: string; readonly answer: (accept: boolean) => void } | null = null;

  const compare = async (): Promise<void> => {
    const { commitment } = await talk.expect('commit', STEP_MS);
    const secret = random.bytes(32);
    const mine: Part = { device: engine.self, nonce: random.bytes(32), ephemeral: crypto.boxPublicKey(secret) };
    talk.send({ type: 'answer', nonce: mine.nonce, ephemeral: mine.ephemeral });
    const reveal = await talk.expect('reveal', STEP_MS);
    const theirs: Part = { device: channel.peer, nonce: reveal.nonce, ephemeral: reveal.ephemeral };
    const digits = sameBytes(commitTo(crypto, theirs), commitment) ? digitsOf(crypto, theirs, mine, secret, reveal.ephemeral) : null;
    if (digits === null) throw new PairingEnded('the other device changed its mind about its keys: do not trust this network');
    const accepted = await new Promise<boolean>((resolve) => {
      const cancel = clock.after(ANSWER_MS, () => resolve(false));
      asking = {
        digits,
        answer: (accept) => {
          cancel();
          asking = null;
          resolve(accept);
        },
      };
      on({ type: 'digits', digits });
    });
    if (!accepted) {
      talk.refuse('declined', 'the other device declined');
      throw new PairingEnded('the digits were not confirmed here');
    }
    talk.send({ type: 'confirmed' });
    await talk.expect('confirmed', ANSWER_MS);
  };

  const run = async (): Promise<void> => {
    const nonce = random.bytes(32);
    const secret = options.secret === null ? null : fromHex(options.secret);
    const hasData = await engine.hasData();
    if (hasData && !options.keepHome) {
      talk.close();
      throw new PairingEnded('this device has data of its own: join again with --yes to bring it along');
    }
    const proof = secret === null ? null : linkProof(crypto, secret, engine.self, channel.peer, nonce);
    talk.send({ type: 'ask', version: WIRE_VERSION, nonce, card: engine.card, name: options.name, proof, code: options.code, hasData });
    if (proof === null) await compare();
    const invite = await talk.expect('invite', ANSWER_MS);
    on({ type: 'invited', personName: invite.personName, deviceName: invite.deviceName, person: invite.person });
    talk.send({ type: 'consent', device: engine.consentTo(invite.space, invite.person) });
    const welcome = await talk.expect('welcome', STEP_MS);
    if (welcome.space !== invite.space) throw new PairingEnded('the other device does not follow the protocol');
    if (hasData && engine.oldHome() !== invite.space) await bringHome(invite.person);
    await engine.enter(
      welcome.space,
      welcome.epochs.map((one) => ({ epoch: one.epoch, read: one.read.slice(), append: one.append?.slice() ?? null })),
      hasData,
    );
    talk.send({ type: 'done' });
    await talk.expect('done', STEP_MS);
    talk.close();
    on({ type: 'joined', space: welcome.space });
  };

  const bringHome = async (person: PersonId): Promise<void> => {
    const space = engine.oldHome();
    talk.send({ type: 'reverse', space });
    const consent = await talk.expect('consent', STEP_MS);
    const epochs = await engine.admitPerson(person, consent.device);
    if (!epochs.ok) throw new PairingEnded(epochs.error);
    talk.send({ type: 'welcome', space, epochs: epochs.value.map(({ epoch, read, append }) => ({ epoch, read, append })) });
  };

  run().catch((error: unknown) => {
    talk.close();
    on({ type: 'failed', message: error instanceof PairingEnded ? error.message : 'joining failed here: see the log' });
    if (!(error instanceof PairingEnded)) engine.fault(error);
  });

  return {
    confirm(accept, digits) {
      if (asking === null) return err('there are no digits to confirm now');
      if (accept && digits !== null && digits !== asking.digits) {
        asking.answer(false);
        return err('the digits differ: nothing was shared. Show a new code and try again');
      }
      asking.answer(accept);
      return ok(null);
    },
    cancel() {
      asking?.answer(false);
      talk.refuse('cancelled', 'the other device cancelled');
    },
  };
}
