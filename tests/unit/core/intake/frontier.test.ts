/** Frontier attachments: long ones are chained, missing ones are told apart from empty ones. */
import { describe, expect, test } from 'vitest';
import type { DocumentId, Hash, LinkId } from '@leanvibe/protocol/ids';
import { PART_BYTES_MAX } from '@leanvibe/protocol/limits';
import { isFrontier, readFrontier, writeFrontier } from '@leanvibe/core/internal/engine/frontier';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { label } from '@leanvibe/core/internal/crypto/labels';
import { concat } from '@leanvibe/protocol/bytes';
import { makeId } from '@leanvibe/protocol/ids';
import { made, madeId } from '../../../vectors/kit.js';

const crypto = nativeCrypto();
const chain = madeId<LinkId>('chain');
const documentAt = (at: number): DocumentId => madeId<DocumentId>(`document ${at}`);

function written(count: number): { readonly first: Hash; readonly attachments: Map<Hash, Uint8Array> } {
  const attachments = new Map<Hash, Uint8Array>();
  const rows = Array.from({ length: count }, (_, at) => ({
    document: documentAt(at),
    addedBy: chain,
    seq: at + 1,
    changeId: madeId<never>(`change ${at}`),
  }));
  const first = writeFrontier(rows, (bytes) => {
    const hash = makeId<Hash>(crypto.sha256(concat(label('frontier'), bytes)));
    attachments.set(hash, bytes);
    return hash;
  });
  return { first, attachments };
}

describe('C5 W14 frontiers', () => {
  test.each([
    [0, 1],
    [1, 1],
    [1800, 1],
    [1801, 2],
    [4000, 3],
  ])('C5 W14 %i rows are %i attachments, each fits a part, and every row is found', (rows, parts) => {
    const { first, attachments } = written(rows);
    expect(attachments.size).toBe(parts);
    for (const bytes of attachments.values()) {
      expect(bytes.length).toBeLessThanOrEqual(PART_BYTES_MAX);
      expect(isFrontier(bytes)).toBe(true);
    }
    for (const at of [0, 1, 1799, 1800, 3999].filter((one) => one < rows))
      expect(readFrontier(attachments, first, documentAt(at), chain)).toBe(at + 1);
    expect(readFrontier(attachments, first, documentAt(rows), chain)).toBe(0);
    expect(readFrontier(attachments, first, documentAt(0), madeId('another chain'))).toBe(0);
  });

  test('C5 W14 a missing attachment is missing, not empty', () => {
    const { first, attachments } = written(2000);
    const last = [...attachments.keys()].find((one) => one !== first) as Hash;
    attachments.delete(last);
    expect(readFrontier(attachments, first, documentAt(0), chain)).toBe(1);
    expect(readFrontier(attachments, first, documentAt(1999), chain)).toBeNull();
    attachments.delete(first);
    expect(readFrontier(attachments, first, documentAt(0), chain)).toBeNull();
  });

  test('C5 P9 what is no attachment is not taken for one', () => {
    expect(isFrontier(made('noise', 200))).toBe(false);
    expect(isFrontier(new Uint8Array(0))).toBe(false);
  });
});
