/** The relays this agent is signed in to: one sealed local record each, with the device token in it. */
import type { Json } from '@leanvibe/core/doc/crdt';
import type { LocalRecords } from '../product/local.js';

export interface KnownRelay {
  /** `https://relay.example`, no path. */
  readonly origin: string;
  readonly token: string;
  /** The relay's own names of this account and device. */
  readonly account: string;
  readonly device: string;
  readonly email: string;
}

export interface RelayBook {
  all(): readonly KnownRelay[];
  put(relay: KnownRelay): Promise<void>;
  remove(origin: string): Promise<void>;
}

const PREFIX = 'relay/';

function relayOf(value: Json): KnownRelay | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const { origin, token, account, device, email } = value as { readonly [key: string]: Json };
  const words = [origin, token, account, device, email];
  return words.every((word) => typeof word === 'string') ? (value as unknown as KnownRelay) : null;
}

export async function openRelayBook(local: LocalRecords): Promise<RelayBook> {
  const known = new Map<string, KnownRelay>();
  for (const { value } of await local.all(PREFIX)) {
    const relay = relayOf(value);
    if (relay !== null) known.set(relay.origin, relay);
  }
  return {
    all: () => [...known.values()],
    async put(relay) {
      await local.put(`${PREFIX}${relay.origin}`, { ...relay });
      known.set(relay.origin, relay);
    },
    async remove(origin) {
      await local.remove(`${PREFIX}${origin}`);
      known.delete(origin);
    },
  };
}
