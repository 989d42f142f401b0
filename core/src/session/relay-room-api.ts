/** One mailbox of a relay as the session with it sees it, and what it needs of the session. */
import type { EpochId, MailboxId, SpaceId } from '@leanvibe/protocol/ids';
import type { LogMessage } from '@leanvibe/protocol/peer';
import type { RelayDown, RelayUp } from '@leanvibe/protocol/relay';
import type { EpochSecrets } from '../keys/epoch.js';
import type { SpaceSync } from '../log/sync.js';
import type { Crypto } from '../ports/crypto.js';
import type { RoomRight, RoomState } from './relay-right.js';

export interface RoomDeps {
  readonly crypto: Crypto;
  readonly origin: string;
  readonly nonce: Uint8Array;
  readonly space: SpaceId;
  readonly mailbox: MailboxId;
  /** Every epoch held, those in use first. */
  epochs(): readonly EpochSecrets[];
  /** The epoch written under now; null while there is none. */
  current(): EpochSecrets | null;
  /** By the links held here this epoch may no longer be written under. */
  outdated(epoch: EpochId): boolean;
  send(message: RelayUp): void;
  /** A slot nobody used on this connection. */
  slot(): number;
  converse(slot: number, right: RoomRight): Promise<SpaceSync>;
  /** Whether this device would make it, were it not there. */
  mayMake(): boolean;
  /** Whether all that is stored here of the space has been taken account of. */
  settled(): boolean;
  nowMs(): number;
  later(afterMs: number, run: () => void): void;
  changed(): void;
}

export interface Room {
  readonly space: SpaceId;
  readonly mailbox: MailboxId;
  slot(): number;
  state(): RoomState;
  sync(): SpaceSync | null;
  /** The owner's append wait for room at the relay. */
  full(): boolean;
  open(make: boolean): void;
  onMessage(message: Extract<RelayDown, { type: 'attached' | 'stale' | 'refused' | 'done' | 'full' }>): void;
  onLog(message: LogMessage): void;
  /** Keys, membership or what is stored there changed: open what can be opened now, renew keys that are out of date. */
  look(): void;
  /** The relay would not do what a message without an answer of its own asked for. */
  denied(): void;
  send(message: (slot: number) => RelayUp): void;
  close(): void;
}
