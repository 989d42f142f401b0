/** Makes protocol/vectors/crypto.json: after `npx tsc -b tests`, run `node tests/dist/unit/core/crypto/make-vectors.js <file>`. Existing vectors never change. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { toHex } from '@leanvibe/protocol/ids';
import { LABELS } from '@leanvibe/core/internal/crypto/labels';
import { portableCrypto } from '@leanvibe/core/internal/crypto/portable';
import type { Corpus } from './corpus.js';
import { makeEdges } from './edges.js';
import { hex } from './implementations.js';

export interface Vectors extends Corpus {
  readonly about: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly signing: readonly { readonly seed: string; readonly publicKey: string; readonly message: string; readonly signature: string }[];
  readonly boxKeys: readonly { readonly secretKey: string; readonly publicKey: string }[];
  readonly sha256: readonly { readonly data: string; readonly digest: string }[];
  readonly secretbox: readonly { readonly key: string; readonly nonce: string; readonly message: string; readonly sealed: string }[];
  readonly secretboxRefused: readonly { readonly name: string; readonly key: string; readonly nonce: string; readonly sealed: string }[];
}

const SIZES = [0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 512, 1025];
const crypto = portableCrypto();

/** `size` bytes that look random and depend only on the name: HKDF of it. */
function made(name: string, size: number): Uint8Array {
  const secret = Uint8Array.from(name, (character) => character.charCodeAt(0));
  return size === 0 ? secret.subarray(0, 0) : crypto.hkdfSha256(secret, secret, secret, size);
}

function signing(): Vectors['signing'] {
  return SIZES.map((size) => {
    const seed = made(`seed ${size}`, 32);
    const message = made(`message ${size}`, size);
    const { publicKey, secretKey } = crypto.signingKeys(seed);
    return { seed: toHex(seed), publicKey: toHex(publicKey), message: toHex(message), signature: toHex(crypto.sign(message, secretKey)) };
  });
}

/** Points whose product is all zero, each also with the ignored top bit, and written above the field. */
const LOW_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000080',
];

function agreement(): Vectors['agreement'] {
  const secretKey = made('box secret', 32);
  const result = (name: string, publicKey: Uint8Array) => {
    const shared = crypto.sharedSecret(secretKey, publicKey);
    return { name, secretKey: toHex(secretKey), publicKey: toHex(publicKey), shared: shared === null ? null : toHex(shared) };
  };
  const peers = Array.from({ length: 8 }, (_, at) => made(`box public ${at}`, 32));
  return [
    ...peers.map((peer, at) => result(`peer ${at}`, peer)),
    result('u = 2 written above the field', hex('efffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f')),
    ...LOW_ORDER.map((point) => result('low order', hex(point))),
    result('31 bytes', made('short', 31)),
    result('33 bytes', made('long', 33)),
    result('no bytes', made('none', 0)),
  ];
}

function secretbox(): Vectors['secretbox'] {
  return SIZES.map((size) => {
    const [key, nonce, message] = [made(`key ${size}`, 32), made(`nonce ${size}`, 24), made(`text ${size}`, size)];
    return { key: toHex(key), nonce: toHex(nonce), message: toHex(message), sealed: toHex(crypto.secretbox(message, nonce, key)) };
  });
}

function secretboxRefused(): Vectors['secretboxRefused'] {
  const [key, nonce] = [made('key', 32), made('nonce', 24)];
  const sealed = crypto.secretbox(made('text', 40), nonce, key);
  const flip = (bytes: Uint8Array, at: number) => bytes.map((byte, index) => (index === at ? byte ^ 0x80 : byte));
  const refused = (name: string, box: Uint8Array, once = nonce, secret = key) => ({
    name,
    key: toHex(secret),
    nonce: toHex(once),
    sealed: toHex(box),
  });
  return [
    refused('tag', flip(sealed, 0)),
    refused('end of tag', flip(sealed, 15)),
    refused('text', flip(sealed, 16)),
    refused('end of text', flip(sealed, 55)),
    refused('cut', sealed.subarray(0, 55)),
    refused('tag alone', sealed.subarray(0, 16)),
    refused('15 bytes', sealed.subarray(0, 15)),
    refused('nothing', sealed.subarray(0, 0)),
    refused('longer', Uint8Array.from([...sealed, 0])),
    refused('nonce', sealed, flip(nonce, 23)),
    refused('key', sealed, nonce, flip(key, 31)),
    refused('nonce of 23', sealed, nonce.subarray(1)),
    refused('key of 31', sealed, nonce, key.subarray(1)),
  ];
}

function hmac(): Vectors['hmac'] {
  return SIZES.map((size) => {
    const [key, data] = [made(`mac key ${size}`, size), made(`mac data ${size}`, SIZES[SIZES.length - 1 - SIZES.indexOf(size)] ?? 0)];
    return { name: `${size} byte key`, key: toHex(key), data: toHex(data), tag: toHex(crypto.hmacSha256(key, data)), valid: true };
  });
}

function hkdf(): Vectors['hkdf'] {
  const derived = [1, 24, 32, 33, 64, 255].map((length) => {
    const [secret, salt, info] = [made(`secret ${length}`, 32), made(`salt ${length}`, length % 64), made(`info ${length}`, length * 5)];
    const output = toHex(crypto.hkdfSha256(secret, salt, info, length));
    return { name: `${length} bytes`, secret: toHex(secret), salt: toHex(salt), info: toHex(info), length, output };
  });
  const refused = [0, 8_161].map((length) => ({ name: `${length} bytes`, secret: '00', salt: '', info: '', length, output: null }));
  return [...derived, ...refused];
}

export function makeVectors(): Vectors {
  const boxSecrets = Array.from({ length: 4 }, (_, at) => made(`box secret ${at}`, 32));
  return {
    about: 'Golden vectors of the crypto suite (C14, C15). Strings are lowercase hex, labels ASCII. Frozen: add, never change.',
    labels: LABELS,
    sha256: SIZES.map((size) => ({ data: toHex(made(`data ${size}`, size)), digest: toHex(crypto.sha256(made(`data ${size}`, size))) })),
    hmac: hmac(),
    hkdf: hkdf(),
    signing: signing(),
    signatures: makeEdges(),
    boxKeys: boxSecrets.map((secretKey) => ({ secretKey: toHex(secretKey), publicKey: toHex(crypto.boxPublicKey(secretKey)) })),
    agreement: agreement(),
    secretbox: secretbox(),
    secretboxRefused: secretboxRefused(),
  };
}

const target = process.argv[2];
if (target !== undefined && process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(target, `${JSON.stringify(makeVectors(), null, 1)}\n`);
