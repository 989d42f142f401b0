/** The start-up corpus: a back end that fails one case is not used, since devices that disagree on one signature never converge. */
import type { Crypto } from '../ports/crypto.js';
import { type Case, failuresOf, hex, isHex } from './verify/cases.js';
import { throws, verifySelfTest } from './verify/selftest.js';

/** Names of failed cases, with what was thrown; empty when the back end may be used. About nine curve operations. */
export function selfTest(crypto: Crypto): readonly string[] {
  return [
    ...verifySelfTest(crypto),
    ...failuresOf([...signingCases(crypto), ...agreementCases(crypto), ...sealingCases(crypto), ...equalCases(crypto)]),
  ];
}

/** The crypto given, once it passed; throws naming every failed case otherwise. */
export function checked(crypto: Crypto): Crypto {
  const failures = selfTest(crypto);
  if (failures.length > 0) throw new Error(`crypto back end ${crypto.name} is not usable: ${failures.join('; ')}`);
  return crypto;
}

/** RFC 8032, 7.1, test 2. */
function signingCases(crypto: Crypto): readonly Case[] {
  const seed = '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb';
  const publicKey = '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c';
  return [
    {
      name: 'signing keys',
      holds: () => {
        const keys = crypto.signingKeys(hex(seed));
        return isHex(keys.publicKey, publicKey) && isHex(keys.secretKey, seed + publicKey);
      },
    },
    {
      name: 'sign',
      holds: () =>
        isHex(
          crypto.sign(hex('72'), hex(seed + publicKey)),
          '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
        ),
    },
    { name: 'seed of another length', holds: () => throws(() => crypto.signingKeys(hex(seed).subarray(1))) },
    { name: 'secret key of another length', holds: () => throws(() => crypto.sign(hex('72'), hex(seed))) },
  ];
}

/** RFC 7748, 6.1; the refused points have order 4, 1 and 8, and 4 again written above the field. */
function agreementCases(crypto: Crypto): readonly Case[] {
  const alice = hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a');
  const bob = hex('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
  const refused = [
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    `ed${'ff'.repeat(30)}7f`,
  ];
  return [
    {
      name: 'x25519 public key',
      holds: () => isHex(crypto.boxPublicKey(alice), '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a'),
    },
    {
      name: 'x25519',
      holds: () => isHex(crypto.sharedSecret(alice, bob), '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742'),
    },
    { name: 'x25519 all-zero result', holds: () => refused.every((point) => crypto.sharedSecret(alice, hex(point)) === null) },
    {
      name: 'x25519 of another length',
      holds: () => crypto.sharedSecret(alice, bob.subarray(1)) === null && crypto.sharedSecret(alice.subarray(1), bob) === null,
    },
    { name: 'x25519 secret of another length', holds: () => throws(() => crypto.boxPublicKey(alice.subarray(1))) },
  ];
}

/** NaCl's own vector (tests/secretbox.c of nacl-20110221). */
function sealingCases(crypto: Crypto): readonly Case[] {
  const key = hex('1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389');
  const nonce = hex('69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37');
  const message =
    'be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb31' +
    '0e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f93776384864' +
    '5e0705';
  const sealed =
    'f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c972' +
    '71d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b3' +
    '7973f622a43d14a6599b1f654cb45a74e355a5';
  const refuses = (box: Uint8Array, once = nonce, secret = key) => crypto.secretboxOpen(box, once, secret) === null;
  return [
    { name: 'secretbox', holds: () => isHex(crypto.secretbox(hex(message), nonce, key), sealed) },
    { name: 'secretbox open', holds: () => isHex(crypto.secretboxOpen(hex(sealed), nonce, key), message) },
    { name: 'secretbox tampered tag', holds: () => [0, 15].every((at) => refuses(flipped(hex(sealed), at))) },
    { name: 'secretbox tampered text', holds: () => [16, 146].every((at) => refuses(flipped(hex(sealed), at))) },
    { name: 'secretbox cut short', holds: () => [0, 15, 16, 146].every((length) => refuses(hex(sealed).subarray(0, length))) },
    {
      name: 'secretbox nonce or key of another length',
      holds: () =>
        refuses(hex(sealed), nonce.subarray(1)) &&
        refuses(hex(sealed), nonce, key.subarray(1)) &&
        throws(() => crypto.secretbox(nonce, nonce.subarray(1), key)) &&
        throws(() => crypto.secretbox(nonce, nonce, key.subarray(1))),
    },
  ];
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

function equalCases(crypto: Crypto): readonly Case[] {
  const bytes = hex('00010203');
  return [
    { name: 'equal', holds: () => crypto.equal(bytes, bytes.slice()) && crypto.equal(hex(''), hex('')) },
    { name: 'not equal', holds: () => [0, 3].every((at) => !crypto.equal(bytes, flipped(bytes, at))) },
    { name: 'not equal in length', holds: () => !crypto.equal(bytes, bytes.subarray(0, 3)) && !crypto.equal(hex(''), hex('00')) },
  ];
}
