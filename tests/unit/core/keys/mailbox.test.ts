/** The keys of mailboxes and what their proofs are worth: here, now, for this, and nowhere else. */
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { mailboxSigners, proveMailbox } from '@leanvibe/core/internal/keys/mailbox';
import { type MailboxId, makeId, toHex } from '@leanvibe/protocol/ids';
import { OPERATIONS } from '@leanvibe/protocol/relay';
import { holds, rightOf } from '@leanvibe/relay/internal/session/proofs';
import { describe, expect, test } from 'vitest';

const crypto = nativeCrypto();
const bytes = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const mailbox = makeId<MailboxId>(bytes(3));
const secrets = { read: bytes(1), append: bytes(2) };
const place = { origin: 'https://relay.example', mailbox, nonce: bytes(4) };
const signers = mailboxSigners(crypto, secrets, mailbox);
const append = signers.append ?? signers.read;

describe('proofs of a mailbox', () => {
  test('W30 the keys come from R, W and the mailbox, and from nothing else', () => {
    expect(toHex(mailboxSigners(crypto, { read: bytes(1), append: null }, mailbox).read.publicKey)).toBe(toHex(signers.read.publicKey));
    const elsewhere = mailboxSigners(crypto, secrets, makeId<MailboxId>(bytes(9)));
    const all = [signers.read, append, elsewhere.read, elsewhere.append ?? elsewhere.read].map((keys) => toHex(keys.publicKey));
    expect(new Set(all).size).toBe(4);
    expect(mailboxSigners(crypto, { read: bytes(1), append: null }, mailbox).append).toBeNull();
  });

  test('W30 a proof holds for its relay, mailbox, connection and operation alone', () => {
    for (const operation of OPERATIONS) {
      const proof = proveMailbox(crypto, signers.read, place, operation);
      expect(holds(crypto, place, operation, proof)).toBe(true);
      for (const other of OPERATIONS) if (other !== operation) expect(holds(crypto, place, other, proof)).toBe(false);
      expect(holds(crypto, { ...place, origin: 'https://relay.example:444' }, operation, proof)).toBe(false);
      expect(holds(crypto, { ...place, mailbox: makeId<MailboxId>(bytes(8)) }, operation, proof)).toBe(false);
      expect(holds(crypto, { ...place, nonce: bytes(7) }, operation, proof)).toBe(false);
      expect(holds(crypto, place, operation, { ...proof, key: append.publicKey })).toBe(false);
    }
  });

  test('W30 proof of the present append key is bound to the new keys it is shown for', () => {
    const next = [bytes(11), bytes(12)];
    const proof = proveMailbox(crypto, append, place, 'rekey', next);
    expect(holds(crypto, place, 'rekey', proof, next)).toBe(true);
    expect(holds(crypto, place, 'rekey', proof, [bytes(11), bytes(13)])).toBe(false);
    expect(holds(crypto, place, 'rekey', proof, next.toReversed())).toBe(false);
  });

  test('C31 W30 present keys open, past ones open announcements, others are told to be stale, false proofs are false', () => {
    const state = {
      mailbox,
      account: 'a',
      readKey: toHex(signers.read.publicKey),
      appendKey: toHex(append.publicKey),
      pastReadKeys: [],
      listed: [],
      bytes: 0,
      entries: 0,
      deletedMs: null,
    };
    const read = proveMailbox(crypto, signers.read, place, 'read');
    const write = proveMailbox(crypto, append, place, 'append');
    expect(rightOf(crypto, place, state, read, write)).toEqual({ level: 1, append: true });
    expect(rightOf(crypto, place, state, read, null)).toEqual({ level: 1, append: false });
    expect(rightOf(crypto, place, state, write, null)).toBe('false');
    const older = mailboxSigners(crypto, { read: bytes(21), append: bytes(22) }, mailbox);
    const past = proveMailbox(crypto, older.read, place, 'read');
    expect(rightOf(crypto, place, state, past, null)).toBe('stale');
    expect(rightOf(crypto, place, { ...state, pastReadKeys: [toHex(older.read.publicKey)] }, past, write)).toEqual({
      level: 0,
      append: false,
    });
    // The append key of another epoch beside the present read key gives reading.
    const oldWrite = proveMailbox(crypto, older.append ?? older.read, place, 'append');
    expect(rightOf(crypto, place, state, read, oldWrite)).toEqual({ level: 1, append: false });
  });
});
