/** The relays this agent is signed in to: one sealed local record each, with the device token in it; and tokens a relay was not told yet are given up. */
import { toHex } from '@leanvibe/protocol/ids';
import { createQueue } from '@leanvibe/core/base/queue';
import type { Json } from '@leanvibe/core/doc/crdt';
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { RandomDep } from '@leanvibe/core/ports/random';
import type { LocalRecordsDep } from '../product/local.js';

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
  /** The one signed in to first comes first. */
  all(): readonly KnownRelay[];
  /** Signed in; a token held for that relay before is one to be given up. */
  put(relay: KnownRelay): Promise<void>;
  /** Signed out here: its token is kept until the relay was told. */
  leave(origin: string): Promise<void>;
  /** Whose tokens their relays still take. */
  leaving(): readonly KnownRelay[];
  forget(token: string): Promise<void>;
}

interface Entry extends KnownRelay {
  /** Where it is kept; random, since keys are not sealed. */
  readonly key: string;
  /** When it was signed in to first. */
  readonly sinceMs: number;
  readonly leaving: boolean;
}

export const RELAY_PREFIX = 'relay/';
const KEY = /^relay\/[0-9a-f]{32}$/;

function entryOf(key: string, value: Json): Entry | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const { origin, token, account, device, email, sinceMs, leaving } = value as { readonly [key: string]: Json };
  const words = { origin, token, account, device, email };
  if (!Object.values(words).every((word) => typeof word === 'string')) return null;
  return {
    ...(words as unknown as KnownRelay),
    key,
    sinceMs: typeof sinceMs === 'number' ? sinceMs : 0,
    leaving: leaving === true,
  };
}

function written({ origin, token, account, device, email, sinceMs, leaving }: Entry): Json {
  return { origin, token, account, device, email, sinceMs, leaving };
}

export async function openRelayBook({ clock, local, random }: ClockDep & RandomDep & LocalRecordsDep): Promise<RelayBook> {
  const newKey = (): string => RELAY_PREFIX + toHex(random.bytes(16));
  let entries: readonly Entry[] = (await local.all(RELAY_PREFIX)).flatMap(({ key, value }) => entryOf(key, value) ?? []);
  const queue = createQueue();
  const write = (change: (now: readonly Entry[]) => readonly Entry[]): Promise<void> =>
    queue.run(async () => {
      const next = change(entries);
      const changed = next.filter((one) => !entries.includes(one));
      const gone = entries.filter(({ key }) => !next.some((one) => one.key === key));
      await local.write({ put: changed.map((one) => [one.key, written(one)] as const), remove: gone.map(({ key }) => key) });
      entries = next;
    });
  // Once a record's key was the relay's address, readable on the disk.
  if (entries.some(({ key }) => !KEY.test(key)))
    await write((now) => now.map((one) => (KEY.test(one.key) ? one : { ...one, key: newKey() })));

  const left = (now: readonly Entry[], origin: string): readonly Entry[] =>
    now.map((one) => (one.origin === origin && !one.leaving ? { ...one, leaving: true } : one));
  return {
    all: () => entries.filter(({ leaving }) => !leaving).toSorted((a, b) => a.sinceMs - b.sinceMs || (a.origin < b.origin ? -1 : 1)),
    put: (relay) =>
      write((now) => {
        const before = now.find(({ origin, leaving }) => origin === relay.origin && !leaving);
        return [...left(now, relay.origin), { ...relay, key: newKey(), sinceMs: before?.sinceMs ?? clock.nowMs(), leaving: false }];
      }),
    leave: (origin) => write((now) => left(now, origin)),
    leaving: () => entries.filter(({ leaving }) => leaving),
    forget: (token) => write((now) => now.filter((one) => one.token !== token)),
  };
}
