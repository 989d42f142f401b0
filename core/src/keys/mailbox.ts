/** The keys that open a space's mailbox at a relay (C31, W30): made from R and W, so that whoever was given those can prove it, and nothing tells mailboxes of one space apart from others. */
import { idBytes, type MailboxId } from '@leanvibe/protocol/ids';
import type { KeyProof, MailboxOperation } from '@leanvibe/protocol/relay';
import { label } from '../crypto/labels.js';
import { mailboxClaim } from '../crypto/verify/mailbox.js';
import type { Crypto, SigningKeys } from '../ports/crypto.js';
import type { EpochSecrets } from './epoch.js';

export interface MailboxSigners {
  readonly read: SigningKeys;
  /** Null for those who may only read. */
  readonly append: SigningKeys | null;
}

/** What tells a mailbox of this epoch from others. */
export function mailboxReadKey(crypto: Crypto, secrets: Pick<EpochSecrets, 'read'>, mailbox: MailboxId): Uint8Array {
  return crypto.signingKeys(crypto.hkdfSha256(secrets.read, idBytes(mailbox), label('read-proof'), 32)).publicKey;
}

export function mailboxSigners(crypto: Crypto, secrets: Pick<EpochSecrets, 'read' | 'append'>, mailbox: MailboxId): MailboxSigners {
  const salt = idBytes(mailbox);
  const keys = (secret: Uint8Array, name: 'read-proof' | 'append-proof'): SigningKeys =>
    crypto.signingKeys(crypto.hkdfSha256(secret, salt, label(name), 32));
  return { read: keys(secrets.read, 'read-proof'), append: secrets.append === null ? null : keys(secrets.append, 'append-proof') };
}

/** `mailboxSigners`, made once for each epoch, and again once its W is known. */
export function keptSigners(crypto: Crypto, mailbox: MailboxId): (secrets: Pick<EpochSecrets, 'read' | 'append'>) => MailboxSigners {
  const kept = new Map<Uint8Array, MailboxSigners>();
  return (secrets) => {
    const before = kept.get(secrets.read);
    if (before !== undefined && (before.append !== null || secrets.append === null)) return before;
    const made = mailboxSigners(crypto, secrets, mailbox);
    kept.set(secrets.read, made);
    return made;
  };
}

export interface ProofPlace {
  readonly origin: string;
  readonly mailbox: MailboxId;
  readonly nonce: Uint8Array;
}

export function proveMailbox(
  crypto: Crypto,
  keys: SigningKeys,
  place: ProofPlace,
  operation: MailboxOperation,
  next: readonly Uint8Array[] = [],
): KeyProof {
  return { key: keys.publicKey, signature: crypto.sign(mailboxClaim(crypto, { ...place, operation, next }), keys.secretKey) };
}
