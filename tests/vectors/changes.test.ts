/** Changes, a change in parts and client ids against their golden bytes, on every implementation. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { concat } from '@leanvibe/protocol/bytes';
import { changeBody } from '@leanvibe/protocol/change';
import { type DocumentId, type LinkId, toHex } from '@leanvibe/protocol/ids';
import { PART_BYTES_MAX } from '@leanvibe/protocol/limits';
import { readSealed } from '@leanvibe/protocol/sealed';
import { decode } from '@leanvibe/protocol/shape';
import { authenticate, openEntry } from '@leanvibe/core/internal/intake/open';
import { claimHolds } from '@leanvibe/core/internal/intake/clientid';
import { sealChange, signChange } from '@leanvibe/core/internal/draft/change';
import { createSealer } from '@leanvibe/core/internal/keys/entry';
import { implementations } from '../unit/core/crypto/implementations.js';
import { readVectors } from './all.js';
import { type ChangeVectors, changeRefusal } from './changes.js';
import { SECRETS } from './entries.js';
import { actor, hex, made, pattern, SPACE } from './kit.js';

const vectors = readVectors<ChangeVectors>('changes');

describe.each(implementations)('C18 golden changes, %s', (_name, crypto) => {
  const sealer = createSealer(crypto, SECRETS);

  test('C7 C18 W11 every entry opens to its change', () => {
    for (const { id, sealed, body } of vectors.changes) {
      const outside = readSealed(hex(sealed));
      const opened = outside.ok ? openEntry(crypto, SPACE, sealer, outside.value) : null;
      expect(opened?.ok === true && opened.value.type === 'change' && opened.value.change.id).toBe(id);
      const decoded = decode(changeBody, hex(body));
      expect(decoded.ok && decoded.value.device).toBe(vectors.author);
    }
  });

  test('C46 the change that was written for a token says so, and the others say nothing', () => {
    const tokens = vectors.changes.map(({ body }) => {
      const decoded = decode(changeBody, hex(body));
      return decoded.ok ? decoded.value.token : 'unreadable';
    });
    expect(tokens).toEqual([null, null, { id: toHex(made('token', 16)), name: 'ci' }]);
  });

  test('C7 every forgery is refused with its word', () => {
    for (const { why, reason, plaintext } of vectors.refused) expect(changeRefusal(crypto, hex(plaintext)), why).toBe(reason);
  });

  test('C19 W11 a change in parts is found again from its manifest', () => {
    const { parts } = vectors;
    const first = decode(changeBody, hex(vectors.changes[0]?.body ?? ''));
    if (!first.ok) throw new Error(first.error);
    const signed = signChange(crypto, actor(crypto, 'alice').keys, { ...first.value, payload: pattern(parts.payloadBytes) });
    const made = sealChange(sealer, signed);
    expect(made.parts.map((part) => part.entryId)).toEqual(parts.parts);
    const outside = readSealed(hex(parts.manifest));
    const opened = outside.ok ? openEntry(crypto, SPACE, sealer, outside.value) : null;
    if (opened?.ok !== true || opened.value.type !== 'manifest') throw new Error('no manifest');
    const { manifest } = opened.value;
    expect(manifest).toMatchObject({ parts: parts.parts, bytes: parts.bodyBytes, id: parts.id });
    const slices = made.parts.map((part) => {
      const read = readSealed(part.bytes);
      const one = read.ok ? openEntry(crypto, SPACE, sealer, read.value) : null;
      if (one?.ok !== true || one.value.type !== 'part') throw new Error('no part');
      return one.value.bytes;
    });
    expect(slices.map((slice) => slice.length)).toEqual([PART_BYTES_MAX, PART_BYTES_MAX, parts.bodyBytes - 2 * PART_BYTES_MAX]);
    const whole = concat(...slices);
    expect(createHash('sha256').update(whole).digest('hex')).toBe(parts.bodySha256);
    expect(authenticate(crypto, SPACE, whole, manifest.signature)).toMatchObject({ ok: true, value: { id: parts.id } });
  });

  test('C21 every claim recomputes for its own chain, document and run, and for no other', () => {
    for (const { chain, document, run, clientId } of vectors.clientIds) {
      const claim = { clientId, run: hex(run) };
      const holds = (c: string, d: string, one = claim): boolean => claimHolds(crypto, c as LinkId, d as DocumentId, one);
      expect(holds(chain, document)).toBe(true);
      expect(holds(document, document)).toBe(false);
      expect(holds(chain, chain)).toBe(false);
      expect(holds(chain, document, { clientId: clientId - 1, run: hex(run) })).toBe(false);
    }
  });
});

test('W11 ids computed by the words of the specification alone are the golden ones', () => {
  for (const { body, id } of vectors.changes)
    expect(createHash('sha256').update('leanvibe/v1/change:').update(hex(body)).digest('hex')).toBe(id);
});

test('C21 client ids computed by the words of the specification alone are the golden ones', () => {
  for (const { chain, document, run, clientId } of vectors.clientIds) {
    const digest = createHash('sha256')
      .update('leanvibe/v1/client-id:')
      .update(hex(chain + document + run))
      .digest();
    expect(Number(digest.readBigUInt64BE(0) >> 11n)).toBe(clientId);
  }
});
