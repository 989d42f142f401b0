/** The control methods of quarantine, the signed log and unsent edits, over the product. */
import type { Handlers } from '../control/call.js';
import type { TRUST_METHODS } from '../control/trust-methods.js';
import type { Agent } from './agent.js';

export function trust({ product }: Agent): Pick<Handlers, keyof typeof TRUST_METHODS> {
  const { aside, unsent, audit } = product.trust;
  return {
    'quarantine.list': ({ space, all = false }) => aside.list(space, all),
    'quarantine.show': ({ id }) => aside.show(id),
    'quarantine.accept': ({ id }) => aside.decide(id, 'accepted'),
    'quarantine.drop': ({ id }) => aside.decide(id, 'dropped'),
    'quarantine.save': ({ id, path }) => unsent.saveAside(id, path),
    audit: ({ space, since }) => audit(space, since),
    'unsent.list': () => unsent.list(),
    'unsent.save': ({ path }) => unsent.save(path),
    'unsent.apply': ({ path }) => unsent.apply(path),
  };
}
