/** The least a subscriber of a relay's mailbox can be: it reads, it appends, it acknowledges. For loads where a thousand whole devices would be what is measured. */
import { proveMailbox, mailboxSigners } from '@leanvibe/core/internal/keys/mailbox';
import { LANES } from '@leanvibe/core/internal/ports/store';
import type { EntryId, Hash, StoreId } from '@leanvibe/protocol/ids';
import { makeId } from '@leanvibe/protocol/ids';
import { isLogFrame, type LogMessage, logMessage } from '@leanvibe/protocol/peer';
import { RELAY_REFUSALS, type RelayDown, relayDown, type RelayUp, relayUp } from '@leanvibe/protocol/relay';
import { decode, encode } from '@leanvibe/protocol/shape';
import { WIRE_VERSION, WIRE_VERSION_MIN } from '@leanvibe/protocol/version';
import { WebSocket } from 'ws';
import { relayCrypto, type Shared } from './relay-client.js';
import { chance, entryIdOf, nodeHashing } from './store-things.js';

const SLOT = 7;
const EMPTY = makeId<Hash>(new Uint8Array(32));
const START = LANES.map((lane) => ({ lane, position: 0, prefixHash: EMPTY }));

/** A connection without anything that answers by itself: for those who do not follow the rules. */
export interface RawRelay {
  readonly socket: WebSocket;
  say(message: RelayUp): void;
  log(message: LogMessage): void;
  /** Why it ended: what the relay refused, or the socket's code. */
  readonly ended: Promise<string>;
}

export interface RawEvents {
  message?(message: RelayDown): void;
  log?(message: LogMessage): void;
}

export async function openRaw(origin: string, token: string | null, on: RawEvents = {}, address = '10.9.9.9'): Promise<RawRelay> {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/sync`, {
    perMessageDeflate: false,
    headers: { 'x-forwarded-for': address },
  });
  let reason: string | null = null;
  const ended = new Promise<string>((resolve) => {
    socket.once('close', (code) => resolve(reason ?? `closed ${code}`));
  });
  const say = (message: RelayUp): void => socket.send(encode(relayUp, message));
  socket.on('message', (data: Buffer) => {
    const frame = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (isLogFrame(frame)) {
      const message = decode(logMessage, frame);
      if (message.ok) on.log?.(message.value);
      return;
    }
    const message = decode(relayDown, frame);
    if (!message.ok) return;
    if (message.value.type === 'refused' && message.value.slot === null) reason = RELAY_REFUSALS[message.value.code] ?? 'unknown';
    on.message?.(message.value);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => socket.terminate());
  say({ type: 'hello', version: WIRE_VERSION, versionMin: WIRE_VERSION_MIN, origin, token });
  return { socket, say, log: (message) => socket.send(encode(logMessage, message)), ended };
}

export interface Lean {
  readonly raw: RawRelay;
  /** Resolves when the relay has stored it. */
  append(sealed: Uint8Array): Promise<void>;
  close(): void;
}

export interface LeanOptions {
  readonly origin: string;
  readonly token: string;
  readonly shared: Shared;
  readonly address?: string;
  /** Called with each entry as it arrives. */
  got(entryId: EntryId): void;
}

/** Resolves when its mailbox is open. */
export async function openLean({ address, got, origin, shared, token }: LeanOptions): Promise<Lean> {
  const { mailbox, secrets } = shared;
  const signers = mailboxSigners(relayCrypto, secrets, mailbox);
  const store = makeId<StoreId>(chance.bytes(16), 16);
  let position = 0;
  let prefixHash = EMPTY;
  let isReading = false;
  const waiting = new Map<number, () => void>();
  let opened = (): void => undefined;
  let failed = (_: Error): void => undefined;
  const open = new Promise<void>((resolve, reject) => {
    opened = resolve;
    failed = reject;
  });
  const proof = (nonce: Uint8Array, operation: 'read' | 'append' | 'make-read' | 'make-append'): ReturnType<typeof proveMailbox> => {
    const keys = operation.endsWith('read') ? signers.read : signers.append;
    if (keys === null) throw new Error('no append key');
    return proveMailbox(relayCrypto, keys, { origin, mailbox, nonce }, operation);
  };
  const hear = (message: LogMessage): void => {
    if (message.type === 'heads' && !isReading) {
      isReading = true;
      raw.log({ type: 'cursors', slot: SLOT, store: message.store, lanes: START });
    } else if (message.type === 'entries' && message.lane === 2) {
      const credit = message.items.reduce((sum, item) => sum + item.length, 0);
      raw.log({ type: 'stored', slot: SLOT, lane: 2, through: message.through, credit, placed: null });
      for (const item of message.items) got(entryIdOf(item));
    } else if (message.type === 'offer') {
      const bits = new Uint8Array(Math.ceil(message.ids.length / 8)).fill(255);
      raw.log({ type: 'want', slot: SLOT, lane: message.lane, through: message.through, bits });
    } else if (message.type === 'stored' && message.lane === 2) {
      for (const [at, resolve] of waiting) {
        if (at > (message.through ?? 0)) continue;
        waiting.delete(at);
        resolve();
      }
    } else if (message.type === 'cursors') opened();
  };
  let nonce: Uint8Array | null = null;
  const raw: RawRelay = await openRaw(
    origin,
    token,
    {
      log: hear,
      message(message) {
        if (message.type === 'welcome') {
          nonce = message.nonce;
          raw.say({ type: 'make', slot: SLOT, mailbox, read: proof(nonce, 'make-read'), append: proof(nonce, 'make-append'), past: [] });
        } else if (message.type === 'refused' && message.slot === SLOT && nonce !== null) {
          if (RELAY_REFUSALS[message.code] !== 'taken')
            return failed(new Error(`not opened: ${RELAY_REFUSALS[message.code]} ${message.detail}`));
          raw.say({ type: 'attach', slot: SLOT, mailbox, read: proof(nonce, 'read'), append: proof(nonce, 'append') });
        } else if (message.type === 'attached') {
          raw.log({ type: 'heads', slot: SLOT, store, lanes: START });
        } else if (message.type === 'ping') raw.say({ type: 'pong', nonce: message.nonce });
      },
    },
    address,
  );
  void raw.ended.then((why) => failed(new Error(`not opened: ${why}`)));
  await open;
  return {
    raw,
    async append(sealed) {
      const id = entryIdOf(sealed);
      position += 1;
      prefixHash = makeId<Hash>(nodeHashing.sha256(Buffer.concat([Buffer.from(prefixHash, 'hex'), Buffer.from(id, 'hex')])));
      const at = position;
      const stored = new Promise<void>((resolve) => waiting.set(at, resolve));
      raw.log({ type: 'entries', slot: SLOT, lane: 2, through: at, prefixHash, items: [sealed] });
      await stored;
    },
    close: () => raw.socket.close(),
  };
}
