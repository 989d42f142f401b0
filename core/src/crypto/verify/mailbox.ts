/** What a proof for a mailbox signs (W30): bound to the relay's address, this connection, the mailbox and what is asked. */
import { concat } from '@leanvibe/protocol/bytes';
import { idBytes, type MailboxId } from '@leanvibe/protocol/ids';
import { type MailboxOperation, OPERATIONS } from '@leanvibe/protocol/relay';
import { writeUtf8 } from '@leanvibe/protocol/utf8';
import type { Hashing } from '../../ports/crypto.js';
import { label } from '../labels.js';

export interface MailboxClaim {
  /** As the device dialled it: `https://relay.example`, no path. */
  readonly origin: string;
  readonly mailbox: MailboxId;
  /** 32 bytes, the relay's, of this connection. */
  readonly nonce: Uint8Array;
  readonly operation: MailboxOperation;
  /** The new read and append key where the operation is `rekey`; else empty. */
  readonly next?: readonly Uint8Array[];
}

export function mailboxClaim(hashing: Hashing, claim: MailboxClaim): Uint8Array {
  const { origin, mailbox, nonce, operation, next = [] } = claim;
  return concat(
    label('mailbox-proof'),
    hashing.sha256(writeUtf8(origin)),
    idBytes(mailbox),
    nonce,
    Uint8Array.of(OPERATIONS.indexOf(operation)),
    ...next,
  );
}
