/** Pairing as the engine does it: the handshakes live in their own room; here is what they do to spaces. */
import type { RefusalReason } from '@leanvibe/protocol/errors';
import type { DeviceId, SpaceId } from '@leanvibe/protocol/ids';
import { ROLES } from '@leanvibe/protocol/link';
import { err, ok } from '../base/result.js';
import { signConsent } from '../group/consent.js';
import type { EpochSecrets } from '../keys/epoch.js';
import { createAdmitter } from '../pairing/admit.js';
import { startJoin } from '../pairing/join.js';
import { PairingEnded } from '../pairing/talk.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { Random } from '../ports/random.js';
import type { Batch, Store } from '../ports/store.js';
import type { Pairing } from './api.js';
import type { Identity } from './identity.js';
import { admitDevice, admitPerson } from './members.js';
import { hasData } from './paper.js';
import type { SpaceRuntime } from './space.js';
import { TABLES } from './tables.js';

export interface PairingDeps {
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly random: Random;
  readonly identity: Identity;
  readonly home: () => SpaceRuntime;
  readonly isIn: (space: SpaceId) => boolean;
  readonly open: (space: SpaceId) => Promise<SpaceRuntime>;
  readonly commit: (batch: Batch) => ReturnType<Store['commit']>;
  readonly refuse: (reason: RefusalReason, from: DeviceId | null) => void;
  readonly trouble: (error: unknown) => void;
  readonly spacePut: (space: SpaceId, home: boolean) => NonNullable<Batch['put']>[number];
  readonly setHome: (space: SpaceId) => void;
  readonly forget: (space: SpaceId) => void;
  readonly pump: (space: SpaceRuntime) => void;
}

export function createPairing(deps: PairingDeps): Pairing {
  const { clock, crypto, random, identity } = deps;
  const members = { crypto, random, identity };
  const ports = { clock, crypto, random };
  const secretsOf = (space: SpaceRuntime): readonly EpochSecrets[] => space.epochs().toReversed();
  const consentTo = (space: SpaceId, person: Parameters<typeof signConsent>[4]): ReturnType<typeof signConsent> =>
    signConsent(crypto, identity.signing, identity.card, space, person);

  /** Registers a space whose secrets were handed over; its links come by sync. */
  const take = async (id: SpaceId, epochs: readonly EpochSecrets[], home: boolean, also: Batch): Promise<void> => {
    const space = await deps.open(id);
    // Secrets already held are never replaced by what another device says they are.
    const fresh = epochs.filter(({ epoch }) => space.ring.secrets(epoch) === null);
    await deps.commit({
      put: [deps.spacePut(id, home), ...fresh.map((secrets) => space.epochPut(secrets)), ...(also.put ?? [])],
      remove: also.remove ?? [],
    });
    for (const secrets of fresh) space.learn(secrets);
    space.readmit();
    await space.grown();
    deps.pump(space);
  };

  const admitter = createAdmitter(ports, {
    self: identity.device,
    home: () => ({ space: deps.home().id, person: deps.home().id as string as Parameters<typeof signConsent>[4] }),
    async admit(device) {
      const space = deps.home();
      const admitted = await admitDevice(members, space, space.id as string as Parameters<typeof signConsent>[4], device);
      return admitted.ok ? ok(secretsOf(space)) : err(admitted.error);
    },
    consentTo,
    async adopt(space, epochs) {
      if (deps.isIn(space)) throw new PairingEnded('the other device brought a space along that is here already');
      await take(space, epochs, false, {});
    },
    refused: (device, reason) => deps.refuse(reason, device),
    fault: deps.trouble,
  });

  return {
    ...admitter,
    join: (channel, options, on) =>
      startJoin(
        ports,
        {
          self: identity.device,
          card: identity.card,
          hasData: () => hasData(deps.home()),
          consentTo,
          oldHome: () => deps.home().id,
          async admitPerson(person, device) {
            const space = deps.home();
            const admitted = await admitPerson(members, space, person, ROLES.indexOf('owner'), [device]);
            return admitted.ok ? ok(secretsOf(space)) : err(admitted.error);
          },
          async enter(space, epochs, keepHome) {
            const old = deps.home().id;
            const demoted: Batch =
              old === space ? {} : keepHome ? { put: [deps.spacePut(old, false)] } : { remove: [{ table: TABLES.space, key: old }] };
            await take(space, epochs, true, demoted);
            if (!keepHome && old !== space) deps.forget(old);
            deps.setHome(space);
          },
          fault: deps.trouble,
        },
        channel,
        options,
        on,
      ),
  };
}
