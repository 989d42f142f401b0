/** Rendezvous pipes of one relay connection (C41): bytes to whoever named the same 32 bytes, end-to-end secured by what is carried in them. */
import { PIPE_BYTES_MAX } from '@leanvibe/protocol/limits';
import type { RelayDown, RelayUp } from '@leanvibe/protocol/relay';
import { refusalOf } from './relay-line.js';

export interface PipeEvents {
  onBytes(bytes: Uint8Array): void;
  onDrain(): void;
  onClose(reason: string): void;
}

export interface RelayPipe {
  /** Resolves when somebody is at the other end; rejects in words when nobody came or the relay went away. */
  readonly met: Promise<void>;
  /** At most PIPE_BYTES_MAX bytes; ignored once closed. */
  send(bytes: Uint8Array): void;
  /** Bytes of this connection not yet handed to the network. */
  queuedBytes(): number;
  /** Starts delivery, what came before included. Called once. */
  start(events: PipeEvents): void;
  close(): void;
}

export interface Pipes {
  open(name: Uint8Array, end: 'host' | 'guest'): RelayPipe;
  /** Whether a pipe uses this slot. */
  has(slot: number): boolean;
  welcomed(): void;
  /** True when the message was for a pipe. */
  onMessage(message: Exclude<RelayDown, { type: 'welcome' | 'ping' | 'pong' | 'owned' }>): boolean;
  drained(): void;
  closed(reason: string): void;
}

export interface PipesDeps {
  send(message: RelayUp): void;
  slot(): number;
  queuedBytes(): number;
}

/** What may come before `start`. */
const EARLY_BYTES_MAX = 1024 * 1024;

interface Held {
  readonly ask: RelayUp;
  met(): void;
  bytes(data: Uint8Array): void;
  drained(): void;
  ended(reason: string): void;
}

export function createPipes(deps: PipesDeps): Pipes {
  const held = new Map<number, Held>();
  let ready = false;
  let over: string | null = null;

  const open = (name: Uint8Array, end: 'host' | 'guest'): RelayPipe => {
    const slot = deps.slot();
    let events: PipeEvents | null = null;
    let early: Uint8Array[] = [];
    let earlyBytes = 0;
    let ended: string | null = null;
    let resolveMet = (): void => undefined;
    let rejectMet = (_: Error): void => undefined;
    const met = new Promise<void>((resolve, reject) => {
      resolveMet = resolve;
      rejectMet = reject;
    });
    // Whoever only listens for the end need not await it.
    met.catch(() => undefined);
    const end_ = (reason: string): void => {
      if (ended !== null) return;
      ended = reason;
      held.delete(slot);
      rejectMet(new Error(reason));
      events?.onClose(reason);
    };
    const ask: RelayUp = { type: 'pipe', slot, name, end: end === 'host' ? 0 : 1 };
    const close = (): void => {
      if (ended === null && ready) deps.send({ type: 'leave', slot });
      end_('closed here');
    };
    held.set(slot, {
      ask,
      met: () => resolveMet(),
      bytes(data) {
        if (events !== null) return events.onBytes(data);
        earlyBytes += data.length;
        if (earlyBytes > EARLY_BYTES_MAX) return close();
        early.push(data);
      },
      drained: () => events?.onDrain(),
      ended: end_,
    });
    if (over !== null) end_(over);
    else if (ready) deps.send(ask);
    return {
      met,
      send(bytes) {
        if (ended !== null) return;
        for (let at = 0; at < bytes.length; at += PIPE_BYTES_MAX)
          deps.send({ type: 'data', slot, bytes: bytes.subarray(at, at + PIPE_BYTES_MAX) });
      },
      queuedBytes: deps.queuedBytes,
      start(given) {
        events = given;
        for (const data of early) given.onBytes(data);
        early = [];
        if (ended !== null) given.onClose(ended);
      },
      close,
    };
  };

  return {
    open,
    has: (slot) => held.has(slot),
    welcomed() {
      ready = true;
      for (const pipe of held.values()) deps.send(pipe.ask);
    },
    onMessage(message) {
      const pipe = message.slot === null ? undefined : held.get(message.slot);
      if (pipe === undefined) return message.type === 'met' || message.type === 'data' || message.type === 'ended';
      if (message.type === 'met') pipe.met();
      else if (message.type === 'data') pipe.bytes(message.bytes);
      else if (message.type === 'ended') pipe.ended('the other end is gone');
      else if (message.type === 'refused') pipe.ended(message.detail === '' ? refusalOf(message.code) : message.detail);
      return true;
    },
    drained() {
      for (const pipe of held.values()) pipe.drained();
    },
    closed(reason) {
      over = reason;
      for (const pipe of [...held.values()]) pipe.ended(reason);
    },
  };
}
