/** The open part of a backup file: what it is, and how its key comes from a passphrase. */
import { createHash } from 'node:crypto';
import { label } from '@leanvibe/core/crypto/labels';
import type { Crypto } from '@leanvibe/core/ports/crypto';
import { COST_MAX, type PasswordCost, passwordKey, SALT_BYTES } from '@leanvibe/core/crypto/node/password';
import { BackupFailure, damaged } from './failure.js';

/** Magic (16), version (1), passes (4), memory in KiB (4), salt (16), SHA-256 of all that (8), proof that the passphrase is right (16). Numbers are big-endian. */
const MAGIC = Buffer.from('LeanVibe backup\n');
const VERSION = 1;
const VERSION_AT = MAGIC.length;
const PASSES_AT = VERSION_AT + 1;
const MEMORY_AT = PASSES_AT + 4;
const SALT_AT = MEMORY_AT + 4;
const SUM_AT = SALT_AT + SALT_BYTES;
const PROOF_AT = SUM_AT + 8;
export const HEADER_BYTES = PROOF_AT + 16;

/** The key of one file: no other file's, as its salt is its own; so nonces may be counted. */
export interface FileKey {
  readonly header: Uint8Array;
  readonly key: Uint8Array;
}

/** 24 bytes: the chunk's place, whether it is the last, and nothing else. */
export function nonceOf(chunk: number, last: boolean): Uint8Array {
  const nonce = new Uint8Array(24);
  new DataView(nonce.buffer).setBigUint64(0, BigInt(chunk));
  nonce[8] = last ? 1 : 0;
  return nonce;
}

const PROOF_NONCE = nonceOf(0, false).fill(0xff, 9);
const NOTHING = new Uint8Array(0);

export async function newFileKey(crypto: Crypto, passphrase: string, salt: Uint8Array, cost: PasswordCost): Promise<FileKey> {
  const open = Buffer.alloc(PROOF_AT);
  MAGIC.copy(open);
  open[VERSION_AT] = VERSION;
  open.writeUInt32BE(cost.passes, PASSES_AT);
  open.writeUInt32BE(cost.memoryBytes / 1024, MEMORY_AT);
  open.set(salt, SALT_AT);
  open.set(sumOf(open), SUM_AT);
  const key = await keyOf(crypto, passphrase, open);
  return { header: Buffer.concat([open, crypto.secretbox(NOTHING, PROOF_NONCE, key)]), key };
}

/** Throws BackupFailure: not a backup, a newer one, damaged, or the wrong passphrase. */
export async function openFileKey(crypto: Crypto, header: Uint8Array, passphrase: string): Promise<FileKey> {
  const read = Buffer.from(header);
  if (read.length < PASSES_AT || !read.subarray(0, VERSION_AT).equals(MAGIC))
    throw new BackupFailure('not-a-backup', 'this is no LeanVibe backup', 'name the file that leanvibe backup wrote');
  if ((read[VERSION_AT] ?? 0) > VERSION)
    throw new BackupFailure('newer', 'this backup was written by a newer LeanVibe', 'install that version or a later one');
  if (read.length < HEADER_BYTES || !read.subarray(SUM_AT, PROOF_AT).equals(sumOf(read)))
    throw damaged('its first bytes are not what was written');
  const cost = costIn(read);
  if (cost.passes < 1 || cost.passes > COST_MAX.passes || cost.memoryBytes < 8192 || cost.memoryBytes > COST_MAX.memoryBytes)
    throw damaged('it asks for more work than any backup needs');
  const key = await keyOf(crypto, passphrase, read.subarray(0, PROOF_AT));
  if (crypto.secretboxOpen(read.subarray(PROOF_AT, HEADER_BYTES), PROOF_NONCE, key) === null)
    throw new BackupFailure('wrong-passphrase', 'the passphrase is wrong', 'try again; nothing was changed');
  return { header: read, key };
}

function costIn(open: Buffer): PasswordCost {
  return { passes: open.readUInt32BE(PASSES_AT), memoryBytes: open.readUInt32BE(MEMORY_AT) * 1024 };
}

/** Shows damage apart from a wrong passphrase; it protects nothing. */
function sumOf(open: Buffer): Buffer {
  return createHash('sha256').update(open.subarray(0, SUM_AT)).digest().subarray(0, 8);
}

/** Bound to every byte of the open part. */
async function keyOf(crypto: Crypto, passphrase: string, open: Buffer): Promise<Uint8Array> {
  const stretched = await passwordKey(passphrase, open.subarray(SALT_AT, SUM_AT), costIn(open));
  return crypto.hkdfSha256(stretched, crypto.sha256(open), label('backup'), 32);
}
