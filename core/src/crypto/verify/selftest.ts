/** The blind half of the start-up corpus: hashes against their RFCs, and every rule of C15 for signatures. */
import type { Hashing, Verifying } from '../../ports/crypto.js';
import { type Case, failuresOf, hex, isHex } from './cases.js';
import { SIGNATURE_CASES } from './corpus.js';

/** Names of failed cases; empty when the back end may be used. Sources: FIPS 180-2, RFC 4231 case 2, RFC 5869 case 1, corpus.ts. */
export function verifySelfTest(tested: Verifying & Hashing): readonly string[] {
  return failuresOf([...hashCases(tested), ...signatureCases(tested), ...lengthCases(tested)]);
}

function hashCases(tested: Hashing): readonly Case[] {
  const hkdf = (length: number) =>
    tested.hkdfSha256(hex('0b'.repeat(22)), hex('000102030405060708090a0b0c'), hex('f0f1f2f3f4f5f6f7f8f9'), length);
  return [
    {
      name: 'sha256',
      holds: () => isHex(tested.sha256(hex('616263')), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'),
    },
    {
      name: 'hmac-sha256',
      holds: () =>
        isHex(
          tested.hmacSha256(hex('4a656665'), hex('7768617420646f2079612077616e7420666f72206e6f7468696e673f')),
          '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
        ),
    },
    {
      name: 'hkdf-sha256',
      holds: () => isHex(hkdf(42), '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865'),
    },
    { name: 'hkdf-sha256 refuses 8161 bytes', holds: () => throws(() => hkdf(8_161)) && hkdf(8_160).length === 8_160 },
  ];
}

function signatureCases(tested: Verifying): readonly Case[] {
  return SIGNATURE_CASES.map(({ name, valid, publicKey, message, signature }) => ({
    name: `signature: ${name}`,
    holds: () => tested.verify(hex(signature), hex(message), hex(publicKey)) === valid,
  }));
}

function lengthCases(tested: Verifying): readonly Case[] {
  const honest = SIGNATURE_CASES[0];
  if (honest === undefined) return [{ name: 'corpus is empty', holds: () => false }];
  const [signature, message, publicKey] = [hex(honest.signature), hex(honest.message), hex(honest.publicKey)];
  const longer = (bytes: Uint8Array) => Uint8Array.from([...bytes, 0]);
  return [
    {
      name: 'signature of another length',
      holds: () =>
        [new Uint8Array(0), signature.subarray(0, 63), longer(signature)].every((other) => !tested.verify(other, message, publicKey)),
    },
    {
      name: 'public key of another length',
      holds: () =>
        [new Uint8Array(0), publicKey.subarray(0, 31), longer(publicKey)].every((other) => !tested.verify(signature, message, other)),
    },
  ];
}

/** Whether it refuses by throwing, which is how a programmer's error is told. */
export function throws(act: () => unknown): boolean {
  try {
    act();
  } catch (error) {
    return error instanceof Error;
  }
  return false;
}
