/** Ids and tokens of the relay, what is kept of tokens, and what is kept of addresses and e-mails nobody needs to read again. */
import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';
import type { Random } from '@leanvibe/core/ports/random';
import { keyFrom } from '../config/secret.js';

export function newUuid(random: Random): string {
  const bytes = Buffer.from(random.bytes(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** 256 bits behind a prefix that says what it is, so that scanners of leaked secrets know it too. */
export function newToken(random: Random, prefix: string): string {
  return `${prefix}_${Buffer.from(random.bytes(32)).toString('base64url')}`;
}

/** What is stored of a token: it has 256 bits of its own, so no salt and no slow hash is needed. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

export interface Secrets {
  /** The same words give the same 32 hex digits, as long as the relay's secret is the same; nobody without it can try out addresses. */
  blind(label: 'address' | 'attempt', words: string): string;
  seal(label: string, bytes: Uint8Array): Uint8Array;
  /** Null when neither the present nor the former secret opens it. */
  open(label: string, sealed: Uint8Array): Uint8Array | null;
  /** As `open`, by the present secret alone. */
  openNow(label: string, sealed: Uint8Array): Uint8Array | null;
}

export interface SecretsDep {
  readonly secrets: Secrets;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** `previous`: what the secret was before it was rotated; things sealed with it can still be opened. */
export function createSecrets(secret: string, previous: string | null, random: Random): Secrets {
  const blinding = { address: keyFrom(secret, 'address'), attempt: keyFrom(secret, 'attempt') };
  const sealing = [secret, ...(previous === null ? [] : [previous])].map((one) => keyFrom(one, 'vault'));
  const openWith = (key: Uint8Array, label: string, sealed: Uint8Array): Uint8Array | null => {
    if (sealed.byteLength < IV_BYTES + TAG_BYTES) return null;
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(label)).setAuthTag(sealed.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch {
      return null;
    }
  };
  return {
    blind: (label, words) => createHmac('sha256', blinding[label]).update(words).digest('hex').slice(0, 32),
    seal(label, bytes) {
      const iv = random.bytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', sealing[0] as Uint8Array, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(label));
      return new Uint8Array(Buffer.concat([iv, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]));
    },
    open(label, sealed) {
      for (const key of sealing) {
        const opened = openWith(key, label, sealed);
        if (opened !== null) return opened;
      }
      return null;
    },
    openNow: (label, sealed) => openWith(sealing[0] as Uint8Array, label, sealed),
  };
}
