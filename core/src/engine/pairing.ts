/** Pairing as the engine does it: the handshakes live in their own room; here is what they do to spaces. */
import type { SpaceId } from '@leanvibe/protocol/ids';
import { ROLES } from '@leanvibe/protocol/link';
import { err, ok } from '../base/result.js';
import { signConsent } from '../group/consent.js';
import { createAdmitter } from '../pairing/admit.js';
import { startJoin } from '../pairing/join.js';
import { PairingEnded } from '../pairing/talk.js';
import type { Batch } from '../ports/store.js';
import type { Pairing } from './api.js';
import { enterSpace, secretsOf } from './enter.js';
import type { Kernel } from './kernel.js';
import { admitDevice, admitPerson } from './members.js';
import { hasData } from './paper.js';
import { TABLES } from './tables.js';

export function createPairing(kernel: Kernel): Pairing {
  const { clock, crypto, random, identity } = kernel;
  const ports = { clock, crypto, random };
  const consentTo = (space: SpaceId, person: Parameters<typeof signConsent>[4]): ReturnType<typeof signConsent> =>
    signConsent(crypto, identity.signing, identity.card, space, person);

  const admitter = createAdmitter(ports, {
    self: identity.device,
    home: () => ({ space: kernel.home().id, person: kernel.home().id as string as Parameters<typeof signConsent>[4] }),
    async admit(device) {
      const space = kernel.home();
      const admitted = await admitDevice(kernel, space, space.id as string as Parameters<typeof signConsent>[4], device);
      return admitted.ok ? ok(secretsOf(space, true)) : err(admitted.error);
    },
    consentTo,
    async adopt(space, epochs) {
      if (kernel.spaces.has(space)) throw new PairingEnded('the other device brought a space along that is here already');
      await enterSpace(kernel, space, epochs, false, {});
    },
    refused: (device, reason) => kernel.news.refuse(reason, device),
    fault: kernel.news.trouble,
  });

  return {
    ...admitter,
    join: (channel, options, on) =>
      startJoin(
        ports,
        {
          self: identity.device,
          card: identity.card,
          hasData: () => hasData(kernel.home()),
          consentTo,
          oldHome: () => kernel.home().id,
          async admitPerson(person, device) {
            const space = kernel.home();
            const admitted = await admitPerson(kernel, space, person, ROLES.indexOf('owner'), [device]);
            return admitted.ok ? ok(secretsOf(space, true)) : err(admitted.error);
          },
          async enter(space, epochs, keepHome) {
            const old = kernel.home().id;
            const demoted: Batch =
              old === space ? {} : keepHome ? { put: [kernel.spacePut(old, false)] } : { remove: [{ table: TABLES.space, key: old }] };
            await enterSpace(kernel, space, epochs, true, demoted);
            if (!keepHome && old !== space) kernel.forget(old);
            kernel.setHome(space);
            kernel.emit({ type: 'membership', space });
            kernel.sessions.refresh();
          },
          fault: kernel.news.trouble,
        },
        channel,
        options,
        on,
      ),
  };
}
