/** From sealed bytes to authentic things, and client ids as receivers recompute them. */
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { part } from '@leanvibe/protocol/change';
import type { DocumentId, LinkId } from '@leanvibe/protocol/ids';
import { CHANGE_BYTES_MAX } from '@leanvibe/protocol/limits';
import { type Kind, readSealed } from '@leanvibe/protocol/sealed';
import { encode } from '@leanvibe/protocol/shape';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { claimHolds, clientIdOf, FOREIGN_ID_END } from '@leanvibe/core/internal/intake/clientid';
import { authenticate, openEntry } from '@leanvibe/core/internal/intake/open';
import { createSealer } from '@leanvibe/core/internal/keys/entry';
import { SECRETS } from '../../../vectors/entries.js';
import { made, madeId, SPACE } from '../../../vectors/kit.js';

const crypto = nativeCrypto();
const sealer = createSealer(crypto, SECRETS);

function opened(kind: Kind, plaintext: Uint8Array): ReturnType<typeof openEntry> {
  const outside = readSealed(sealer.seal(kind, plaintext).bytes);
  if (!outside.ok) throw new Error(outside.error);
  return openEntry(crypto, SPACE, sealer, outside.value);
}

describe('C7 opening', () => {
  test('C7 P9 whatever a member seals under the right key, opening answers and never throws', () => {
    const kinds = ['change', 'part', 'link', 'announcement', 'checkpoint', 'attestation', 'presence'] as const;
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.uint8Array({ maxLength: 300 }), (kind, plaintext) => {
        const answer = opened(kind, plaintext);
        if (answer.ok) expect(answer.value.type).toBe('part');
      }),
      { numRuns: 2_000 },
    );
  });

  test('C7 what is no entry is refused by name', () => {
    expect(opened('presence', made('x', 40))).toEqual({ ok: false, error: 'entry-kind' });
    for (const kind of ['checkpoint', 'attestation'] as const)
      expect(opened(kind, made('x', 40))).toEqual({ ok: false, error: 'malformed' });
  });

  test('C19 a part gives its bytes', () => {
    expect(opened('part', encode(part, { bytes: made('slice', 90) }))).toEqual({
      ok: true,
      value: { type: 'part', bytes: made('slice', 90) },
    });
  });

  test('C10 P9 a body over 16 MiB is refused before it is read', () => {
    expect(authenticate(crypto, SPACE, new Uint8Array(CHANGE_BYTES_MAX + 1), new Uint8Array(64))).toEqual({
      ok: false,
      error: 'over-limit',
    });
  });
});

describe('C21 client ids', () => {
  const chain = madeId<LinkId>('chain');
  const document = madeId<DocumentId>('document');

  test('C21 ids made here are whole numbers below 2^53, recompute, and differ by chain, document and run', () => {
    const ids = new Set<number>();
    for (let at = 0; at < 1_000; at++) {
      const run = made(`run ${at}`, 16);
      const id = clientIdOf(crypto, chain, document, run);
      expect(Number.isSafeInteger(id) && id >= 0).toBe(true);
      expect(claimHolds(crypto, chain, document, { clientId: id, run })).toBe(id >= FOREIGN_ID_END);
      ids.add(id);
      ids.add(clientIdOf(crypto, madeId<LinkId>(`chain ${at}`), document, run));
      ids.add(clientIdOf(crypto, chain, madeId<DocumentId>(`document ${at}`), run));
    }
    expect(ids.size).toBe(3_000);
  });

  test('C21 a derived id that fell below 2^32 may not be claimed', () => {
    const hashing = { ...crypto, sha256: () => new Uint8Array(32) };
    expect(clientIdOf(hashing, chain, document, made('run', 16))).toBe(0);
    expect(claimHolds(hashing, chain, document, { clientId: 0, run: made('run', 16) })).toBe(false);
  });
});
