/** One shape for every source of vectors, and one runner for each part of the suite. */
import { expect } from 'vitest';
import { toHex } from '@leanvibe/protocol/ids';
import type { Crypto, Verifying } from '@leanvibe/core/internal/ports/crypto';
import { hex } from './implementations.js';

/** All strings are lowercase hex. */
export interface Corpus {
  readonly signatures: readonly {
    readonly name: string;
    readonly publicKey: string;
    readonly message: string;
    readonly signature: string;
    readonly valid: boolean;
  }[];
  readonly agreement: readonly {
    readonly name: string;
    readonly secretKey: string;
    readonly publicKey: string;
    readonly shared: string | null;
  }[];
  /** `tag` may be cut; `valid` false means that the whole differs. */
  readonly hmac: readonly {
    readonly name: string;
    readonly key: string;
    readonly data: string;
    readonly tag: string;
    readonly valid: boolean;
  }[];
  /** `output` null: the length must be refused. */
  readonly hkdf: readonly {
    readonly name: string;
    readonly secret: string;
    readonly salt: string;
    readonly info: string;
    readonly length: number;
    readonly output: string | null;
  }[];
}

export function runSignatures(verifying: Verifying, { signatures }: Corpus): void {
  expect(signatures.length).toBeGreaterThan(0);
  for (const { name, publicKey, message, signature, valid } of signatures) {
    expect(verifying.verify(hex(signature), hex(message), hex(publicKey)), name).toBe(valid);
  }
}

export function runAgreement(crypto: Crypto, { agreement }: Corpus): void {
  expect(agreement.length).toBeGreaterThan(0);
  for (const { name, secretKey, publicKey, shared } of agreement) {
    const got = crypto.sharedSecret(hex(secretKey), hex(publicKey));
    expect(got === null ? null : toHex(got), name).toBe(shared);
  }
}

export function runHmac(crypto: Crypto, { hmac }: Corpus): void {
  expect(hmac.length).toBeGreaterThan(0);
  for (const { name, key, data, tag, valid } of hmac) {
    expect(toHex(crypto.hmacSha256(hex(key), hex(data))).startsWith(tag), name).toBe(valid);
  }
}

export function runHkdf(crypto: Crypto, { hkdf }: Corpus): void {
  expect(hkdf.length).toBeGreaterThan(0);
  for (const { name, secret, salt, info, length, output } of hkdf) {
    const derive = () => crypto.hkdfSha256(hex(secret), hex(salt), hex(info), length);
    if (output === null) expect(derive, name).toThrow(RangeError);
    else expect(toHex(derive()), name).toBe(output);
  }
}
