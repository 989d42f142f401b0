/** Property tests: three implementations, one answer, whatever the bytes and lengths. */
import { runInNewContext } from 'node:vm';
import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '@leanvibe/protocol/ids';
import type { Crypto } from '@leanvibe/core/internal/ports/crypto';
import { nodeVerifying } from '@leanvibe/core/internal/crypto/node/verify';
import { makeEdges } from './edges.js';
import { hex, implementations } from './implementations.js';

/** What a call came to, comparable across implementations: hex, a boolean, null or the error's words. */
function outcome(act: () => unknown): unknown {
  try {
    const got = act();
    return got instanceof Uint8Array ? toHex(got) : got;
  } catch (error) {
    return `threw ${String(error)}`;
  }
}

function allAgree(act: (crypto: Crypto) => unknown): unknown {
  const [first, ...others] = implementations.map(([, crypto]) => outcome(() => act(crypto)));
  for (const other of others) expect(other).toEqual(first);
  return first;
}

/** Mostly the right length, often one off, sometimes anything. */
function hostile(size: number): fc.Arbitrary<Uint8Array> {
  const exactly = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  return fc.oneof(
    { weight: 6, arbitrary: exactly(size) },
    { weight: 1, arbitrary: exactly(size - 1) },
    { weight: 1, arbitrary: exactly(size + 1) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  );
}

const message = fc.uint8Array({ maxLength: 700 });
const edges = makeEdges();
const half = fc.constantFrom(...edges.flatMap(({ signature, publicKey }) => [signature.slice(0, 64), signature.slice(64), publicKey]));

describe('C15 all implementations agree on every byte and every refusal', () => {
  test('C15 hashes', () => {
    fc.assert(
      fc.property(
        message,
        message,
        message,
        fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constantFrom(-1, 0, 0.5, 8160, 8161, Number.NaN)),
        (a, b, c, length) => {
          allAgree((crypto) => crypto.sha256(a));
          allAgree((crypto) => crypto.hmacSha256(a, b));
          allAgree((crypto) => crypto.hkdfSha256(a, b, c, length));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('C14 HKDF takes more than 1,024 bytes of info', () => {
    expect(allAgree((crypto) => crypto.hkdfSha256(hex('01'), hex('02'), new Uint8Array(2000), 64))).toMatch(/^[0-9a-f]{128}$/);
  });

  test('C15 signing, wrong lengths included', () => {
    fc.assert(
      fc.property(hostile(32), hostile(64), message, (seed, secretKey, said) => {
        const keys = implementations.map(([, crypto]) => outcome(() => toHex(crypto.signingKeys(seed).secretKey)));
        expect(new Set(keys).size).toBe(1);
        allAgree((crypto) => crypto.sign(said, secretKey));
      }),
      { numRuns: 40 },
    );
  });

  test('C15 mutated signatures, keys and messages', () => {
    const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const flip = fc.tuple(fc.constantFrom('signature', 'message', 'key'), fc.nat(), fc.integer({ min: 0, max: 7 }));
    let refused = 0;
    fc.assert(
      fc.property(seed, message, fc.option(flip), (from, said, mutation) => {
        const keys = implementations[0]![1].signingKeys(from);
        const parts = { signature: implementations[0]![1].sign(said, keys.secretKey), message: said.slice(), key: keys.publicKey.slice() };
        const target = mutation === null ? undefined : parts[mutation[0] as keyof typeof parts];
        if (mutation !== null && target !== undefined && target.length > 0) target[mutation[1] % target.length]! ^= 1 << mutation[2];
        const changed = mutation !== null && target !== undefined && target.length > 0;
        expect(allAgree((crypto) => crypto.verify(parts.signature, parts.message, parts.key))).toBe(!changed);
        expect(nodeVerifying().verify(parts.signature, parts.message, parts.key)).toBe(!changed);
        refused += changed ? 1 : 0;
      }),
      { numRuns: 80 },
    );
    expect(refused).toBeGreaterThan(20);
  });

  test('C15 signatures assembled from the edge cases: R, S and A in any combination, of any length', () => {
    fc.assert(
      fc.property(half, half, half, hostile(64), hostile(32), fc.nat(9), (r, s, key, anySignature, anyKey, pick) => {
        const signature = pick === 0 ? anySignature : hex(r + s);
        const publicKey = pick === 1 ? anyKey : hex(key);
        const said = hex('0000');
        const verdict = allAgree((crypto) => crypto.verify(signature, said, publicKey));
        expect(nodeVerifying().verify(signature, said, publicKey)).toBe(verdict);
      }),
      { numRuns: 250 },
    );
  });

  test('C15 keys of mixed order: signatures valid or not by the cofactorless equation alone', () => {
    const { Point } = ed25519;
    const torsion = Point.fromBytes(hex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'));
    const mixed = edges.filter(({ name }) => name.startsWith('A of mixed order'));
    expect(mixed.map(({ valid }) => valid)).toEqual([true, false]);
    for (const { publicKey, message: said, signature, valid } of mixed) {
      expect(Point.fromBytes(hex(publicKey)).subtract(torsion).isTorsionFree()).toBe(true);
      expect(allAgree((crypto) => crypto.verify(hex(signature), hex(said), hex(publicKey)))).toBe(valid);
    }
  });

  test('C15 x25519', () => {
    fc.assert(
      fc.property(hostile(32), hostile(32), (secretKey, publicKey) => {
        allAgree((crypto) => crypto.sharedSecret(secretKey, publicKey));
        allAgree((crypto) => crypto.boxPublicKey(secretKey));
      }),
      { numRuns: 100 },
    );
  });

  test('C15 secretbox seals alike and refuses alike', () => {
    fc.assert(
      fc.property(message, hostile(24), hostile(32), fc.option(fc.nat()), (said, nonce, key, flipAt) => {
        const sealed = allAgree((crypto) => crypto.secretbox(said, nonce, key));
        const usable = nonce.length === 24 && key.length === 32;
        const box = usable ? hex(String(sealed)) : said;
        if (flipAt !== null && box.length > 0) box[flipAt % box.length]! ^= 1;
        const opened = allAgree((crypto) => crypto.secretboxOpen(box, nonce, key));
        expect(opened).toBe(usable && flipAt === null ? toHex(said) : null);
      }),
      { numRuns: 150 },
    );
  });

  test('C15 secretbox of 1 MiB', () => {
    const big = new Uint8Array(1 << 20).map((_, at) => at * 7);
    const sealed = hex(String(allAgree((crypto) => crypto.secretbox(big, new Uint8Array(24), new Uint8Array(32)))));
    for (const [, crypto] of implementations)
      expect(Buffer.compare(crypto.secretboxOpen(sealed, new Uint8Array(24), new Uint8Array(32))!, big)).toBe(0);
  });

  test('C15 equal', () => {
    fc.assert(
      fc.property(message, message, (a, b) => {
        expect(allAgree((crypto) => crypto.equal(a, b))).toBe(toHex(a) === toHex(b));
        expect(allAgree((crypto) => crypto.equal(a, a.slice()))).toBe(true);
      }),
    );
  });
});

describe.each(implementations)('C15 at the door, %s', (_name, crypto) => {
  const honest = edges[0]!;
  const [signature, said, publicKey] = [hex(honest.signature), hex(honest.message), hex(honest.publicKey)];

  test('C15 what others send never throws, whatever it is', () => {
    const junk: readonly unknown[] = [
      undefined,
      null,
      0,
      'text',
      [],
      {},
      new ArrayBuffer(64),
      new DataView(new ArrayBuffer(64)),
      new Float64Array(4),
      new Uint16Array(16),
      { length: 32 },
    ];
    for (const thing of junk as readonly Uint8Array[]) {
      expect(crypto.verify(thing, said, publicKey)).toBe(false);
      expect(crypto.verify(signature, thing, publicKey)).toBe(false);
      expect(crypto.verify(signature, said, thing)).toBe(false);
      expect(crypto.sharedSecret(publicKey, thing)).toBeNull();
      expect(crypto.secretboxOpen(thing, new Uint8Array(24), publicKey)).toBeNull();
      expect(crypto.secretboxOpen(signature, thing, publicKey)).toBeNull();
      expect(crypto.equal(thing, publicKey)).toBe(false);
    }
  });

  test('C15 bytes of another realm, Buffers and views at an offset are bytes', () => {
    const foreign = runInNewContext('Uint8Array') as Uint8ArrayConstructor;
    const padded = (bytes: Uint8Array) => Uint8Array.from([9, ...bytes, 9]).subarray(1, bytes.length + 1);
    for (const as of [(bytes: Uint8Array) => foreign.from(bytes), (bytes: Uint8Array) => Buffer.from(bytes), padded]) {
      const [theirs, key] = [as(signature), as(publicKey)];
      expect(crypto.verify(theirs, as(said), key)).toBe(true);
      expect([toHex(theirs), toHex(key)], 'left as they were').toEqual([honest.signature, honest.publicKey]);
      expect(crypto.sha256(as(said))).toEqual(crypto.sha256(said));
      const sealed = crypto.secretbox(as(said), as(new Uint8Array(24)), as(publicKey));
      expect(crypto.secretboxOpen(as(sealed), new Uint8Array(24), publicKey)).toEqual(said);
    }
  });

  test('C15 results are plain arrays of their own and inputs are left as they were', () => {
    const [seed, nonce] = [new Uint8Array(32).fill(3), new Uint8Array(24)];
    const keys = crypto.signingKeys(seed);
    const sealed = crypto.secretbox(seed, nonce, seed);
    const results = [
      keys.publicKey,
      keys.secretKey,
      crypto.sign(seed, keys.secretKey),
      crypto.boxPublicKey(seed),
      crypto.sharedSecret(seed, crypto.boxPublicKey(seed)),
      sealed,
      crypto.secretboxOpen(sealed, nonce, seed),
      crypto.sha256(seed),
      crypto.hmacSha256(seed, seed),
      crypto.hkdfSha256(seed, nonce, nonce, 32),
    ];
    for (const result of results) expect(result?.constructor).toBe(Uint8Array);
    const kept = results.map((result) => toHex(result ?? seed));
    for (let round = 0; round < 50; round++) crypto.sign(crypto.sha256(keys.publicKey), crypto.signingKeys(crypto.sha256(nonce)).secretKey);
    expect(results.map((result) => toHex(result ?? seed))).toEqual(kept);
    expect(seed).toEqual(new Uint8Array(32).fill(3));
    expect(nonce).toEqual(new Uint8Array(24));
  });
});
