/** What a connection is made of, and what its parts share. */
import type { Clock } from '@leanvibe/core/ports/clock';
import type { Logger } from '@leanvibe/core/ports/logger';
import type { Random } from '@leanvibe/core/ports/random';
import { fromHex } from '@leanvibe/protocol/ids';
import type { RelayDown, RelayRefusal } from '@leanvibe/protocol/relay';
import type { Audit } from '../ports/audit.js';
import type { Caller, Doorman } from '../ports/caller.js';
import type { MailboxStore } from '../ports/mailbox-store.js';
import type { Hub } from './hub.js';
import type { Meter } from './meter.js';
import type { PipeRoom } from './pipes.js';
import type { Checking } from './proofs.js';
import type { Tally } from './tally.js';

export interface ConnectionDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly checking: Checking;
  readonly doorman: Doorman;
  readonly store: MailboxStore;
  readonly hub: Hub;
  readonly meter: Meter;
  readonly pipes: PipeRoom;
  readonly audit: Audit;
  readonly tally: Tally;
  /** The addresses this relay is reached under; empty: whatever the device says, for a relay that was not told its own. */
  readonly origins: readonly string[];
  /** Counts a refusal by reason, for the numbers of this relay. */
  count(reason: string): void;
}

export interface Wire {
  /** Of the peer, for the audit trail. */
  readonly address: string;
  send(frame: Uint8Array): void;
  queuedBytes(): number;
  close(reason: RelayRefusal | 'done'): void;
}

/** What a connection is once it said hello; a guest has no account and gets pipes only. */
export interface Visitor {
  readonly origin: string;
  readonly nonce: Uint8Array;
  readonly caller: Caller | null;
}

export interface Signed extends Visitor {
  readonly caller: Caller;
}

export interface Talk {
  say(message: RelayDown): void;
  refuse(slot: number | null, reason: RelayRefusal, detail: string): void;
  /** Ends the whole connection. */
  end(reason: RelayRefusal, detail: string): void;
}

/** Of a key as the store has it. */
export function bytesOf(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array();
}
