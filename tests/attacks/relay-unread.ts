/** Devices of a real account that ask for everything in twenty mailboxes and then read nothing; and one that says valid words without end. */
import { mailboxSigners, proveMailbox } from '@leanvibe/core/internal/keys/mailbox';
import { LANES } from '@leanvibe/core/internal/ports/store';
import { type Hash, makeId, type StoreId } from '@leanvibe/protocol/ids';
import { newShared, relayCrypto, sealedOf, type Shared } from '../help/relay-client.js';
import { openLean, openRaw, type RawRelay } from '../help/relay-lean.js';
import { chance } from '../help/store-things.js';
import type { Sent } from './relay-offences.js';

/** Of each account; the buffers of two kernels hold what twenty would send ahead. */
const MAILBOXES = 20;
const ENTRIES = 5;
const ENTRY_BYTES = 200 * 1024;
const START = LANES.map((lane) => ({ lane, position: 0, prefixHash: makeId<Hash>(new Uint8Array(32)) }));

/** A mailbox with a megabyte. */
async function fill(origin: string, token: string): Promise<Shared> {
  const shared = newShared();
  const lean = await openLean({ origin, token, shared, got: () => undefined });
  await Promise.all(Array.from({ length: ENTRIES }, () => lean.append(sealedOf(shared, ENTRY_BYTES))));
  lean.close();
  return shared;
}

/** Resolves when it has asked for all of it and reads no more. */
async function askAndStop(origin: string, token: string, rooms: readonly Shared[]): Promise<RawRelay> {
  const store = makeId<StoreId>(chance.bytes(16), 16);
  let asked = 0;
  let stopped = (): void => undefined;
  const stop = new Promise<void>((resolve) => (stopped = resolve));
  const raw: RawRelay = await openRaw(origin, token, {
    message(message) {
      if (message.type === 'welcome')
        for (const [slot, { mailbox, secrets }] of rooms.entries()) {
          const { append, read } = mailboxSigners(relayCrypto, secrets, mailbox);
          if (append === null) throw new Error('no append key');
          const claimant = { origin, mailbox, nonce: message.nonce };
          raw.say({
            type: 'attach',
            slot,
            mailbox,
            read: proveMailbox(relayCrypto, read, claimant, 'read'),
            append: proveMailbox(relayCrypto, append, claimant, 'append'),
          });
        }
      else if (message.type === 'attached') raw.log({ type: 'heads', slot: message.slot ?? 0, store, lanes: START });
    },
    log(message) {
      if (message.type !== 'heads') return;
      raw.log({ type: 'cursors', slot: message.slot, store: message.store, lanes: START });
      if (++asked < rooms.length) return;
      raw.socket.pause();
      stopped();
    },
  });
  await stop;
  return raw;
}

/** `tokens`: of devices of several accounts, with spaces between. */
export async function holdUnread(port: number, count: number, tokens: string): Promise<readonly Sent[]> {
  const origin = `http://127.0.0.1:${port}`;
  const each = tokens.split(' ').map(async (token) => {
    const rooms: Shared[] = [];
    while (rooms.length < MAILBOXES) rooms.push(await fill(origin, token));
    return rooms;
  });
  const rooms = (await Promise.all(each)).flat();
  const sent: Sent[] = [];
  for (let at = 0; at < count; at++) {
    const raw = await askAndStop(origin, tokens.split(' ')[0] ?? '', rooms);
    const one: Sent = { beganMs: performance.now(), endedMs: null, status: 101, bytes: () => 0 };
    raw.socket.once('close', () => (one.endedMs = performance.now()));
    // Keeps saying that it lives.
    const alive = setInterval(() => raw.socket.ping(), 1_000);
    void raw.ended.then(() => clearInterval(alive));
    sent.push(one);
  }
  return sent;
}
