/** The control API's methods about relays; part of METHODS. */
import { flag, optional, text, whole } from './fields.js';
import { method } from './method.js';
import type { RelayProofRow, RelayRow } from './relay-views.js';

const address = text({ max: 300 });

export const RELAY_METHODS = {
  /** Answers once the relay said welcome, or did not within some seconds. What is kept is a token of this device, never the password. */
  'relay.login': method<RelayRow>()({
    relay: address,
    email: text({ max: 254 }),
    password: text({ max: 1_024 }),
    code: optional(text({ max: 32 })),
    register: optional(flag),
    invite: optional(text({ max: 100 })),
    insecure: optional(flag),
  }),
  'relay.logout': method<{ readonly origin: string; readonly told: boolean; readonly why: string | null }>()({ relay: optional(address) }),
  'relay.list': method<readonly RelayRow[]>()({}),
  /** Entries read back at random from every mailbox. */
  'relay.prove': method<readonly RelayProofRow[]>()({ count: optional(whole(1, 256)) }),
} as const;
