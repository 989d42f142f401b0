/** Judging proofs of a mailbox's keys (W30), and what they open (C31). */
import { mailboxClaim } from '@leanvibe/core/crypto/verify/mailbox';
import type { Hashing, Verifying } from '@leanvibe/core/ports/crypto';
import { type MailboxId, toHex } from '@leanvibe/protocol/ids';
import type { KeyProof, MailboxOperation } from '@leanvibe/protocol/relay';
import type { MailboxState } from '../ports/mailbox-store.js';

export interface Claimant {
  readonly origin: string;
  readonly mailbox: MailboxId;
  /** Of this connection. */
  readonly nonce: Uint8Array;
}

export type Checking = Hashing & Verifying;

export function holds(
  checking: Checking,
  claimant: Claimant,
  operation: MailboxOperation,
  proof: KeyProof,
  next: readonly Uint8Array[] = [],
): boolean {
  return checking.verify(proof.signature, mailboxClaim(checking, { ...claimant, operation, next }), proof.key);
}

/** Level 0 is announcements only. */
export interface Right {
  readonly level: 0 | 1;
  readonly append: boolean;
}

/** `stale`: a true proof of other keys than the present ones. `false`: a proof that does not hold. */
export function rightOf(
  checking: Checking,
  claimant: Claimant,
  state: MailboxState,
  read: KeyProof,
  append: KeyProof | null,
): Right | 'stale' | 'false' {
  if (!holds(checking, claimant, 'read', read)) return 'false';
  if (append !== null && !holds(checking, claimant, 'append', append)) return 'false';
  const key = toHex(read.key);
  if (key === state.readKey) return { level: 1, append: append !== null && toHex(append.key) === state.appendKey };
  return state.pastReadKeys.includes(key) ? { level: 0, append: false } : 'stale';
}
