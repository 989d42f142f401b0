/** From a body to entries: whole when it fits, in parts when it does not, and back. */
import { describe, expect, test } from 'vitest';
import { concat } from '@leanvibe/protocol/bytes';
import { type ChangeBody, changeBody } from '@leanvibe/protocol/change';
import type { DocumentId, LinkId } from '@leanvibe/protocol/ids';
import { CHANGE_BYTES_MAX, ENTRY_BYTES_MAX, PART_BYTES_MAX } from '@leanvibe/protocol/limits';
import { readSealed } from '@leanvibe/protocol/sealed';
import { encode } from '@leanvibe/protocol/shape';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { sealChange, signChange } from '@leanvibe/core/internal/draft/change';
import { decodeDraft, encodeDraft } from '@leanvibe/core/internal/draft/journal';
import { authenticate, openEntry } from '@leanvibe/core/internal/intake/open';
import { createSealer } from '@leanvibe/core/internal/keys/entry';
import { SECRETS } from '../../../vectors/entries.js';
import { actor, made, madeId, pattern, SPACE } from '../../../vectors/kit.js';

const crypto = nativeCrypto();
const author = actor(crypto, 'author');
const sealer = createSealer(crypto, SECRETS);

function body(payload: Uint8Array): ChangeBody {
  return {
    space: SPACE,
    document: madeId<DocumentId>('document'),
    device: author.device,
    addedBy: madeId<LinkId>('chain'),
    seq: 1,
    previous: null,
    dependencies: [],
    authHeads: [],
    crdt: 2,
    claims: [],
    payload,
    token: null,
  };
}

/** What a body adds to its payload. */
const AROUND = encode(changeBody, body(new Uint8Array(70_000))).length - 70_000;

function openAll(entries: readonly { readonly bytes: Uint8Array }[]) {
  return entries.map(({ bytes }) => {
    const outside = readSealed(bytes);
    const opened = outside.ok ? openEntry(crypto, SPACE, sealer, outside.value) : null;
    if (opened?.ok !== true) throw new Error('an entry of our own that does not open');
    return opened.value;
  });
}

describe('C18 C19 changes as entries', () => {
  test.each([0, 1, 1_000, PART_BYTES_MAX - AROUND])('C18 C19 a payload of %i bytes is one entry', (size) => {
    const signed = signChange(crypto, author.keys, body(pattern(size)));
    const { entry, parts } = sealChange(sealer, signed);
    expect(parts).toEqual([]);
    expect(openAll([entry])).toMatchObject([{ type: 'change', change: { id: signed.change.id } }]);
  });

  test.each([PART_BYTES_MAX - AROUND + 1, PART_BYTES_MAX * 2 - AROUND, CHANGE_BYTES_MAX - AROUND])(
    'C19 a payload of %i bytes goes in parts that fit, and comes together again',
    (size) => {
      const signed = signChange(crypto, author.keys, body(pattern(size)));
      const { entry, parts } = sealChange(sealer, signed);
      expect(parts).toHaveLength(Math.ceil(signed.bytes.length / PART_BYTES_MAX));
      expect(Math.max(...[entry, ...parts].map((one) => one.bytes.length))).toBeLessThanOrEqual(ENTRY_BYTES_MAX);
      const [manifest] = openAll([entry]);
      if (manifest?.type !== 'manifest') throw new Error('no manifest');
      expect(manifest.manifest).toMatchObject({
        parts: parts.map((one) => one.entryId),
        bytes: signed.bytes.length,
        of: 'change',
        id: signed.change.id,
      });
      const whole = concat(...openAll(parts).map((one) => (one.type === 'part' ? one.bytes : new Uint8Array(0))));
      expect(authenticate(crypto, SPACE, whole, manifest.manifest.signature)).toMatchObject({ ok: true, value: { id: signed.change.id } });
      expect(authenticate(crypto, SPACE, whole.subarray(1), manifest.manifest.signature).ok).toBe(false);
    },
    60_000,
  );

  test('C7 the same change sealed twice is one entry, under another epoch another of the same change', () => {
    const signed = signChange(crypto, author.keys, body(made('payload', 50)));
    const other = createSealer(crypto, { ...SECRETS, read: made('another R'), epoch: madeId('another epoch') });
    expect(sealChange(sealer, signed)).toEqual(sealChange(sealer, signed));
    expect(sealChange(other, signed).entry.entryId).not.toBe(sealChange(sealer, signed).entry.entryId);
  });
});

test('C17 P3 a draft comes back from its record as it was, and owns its bytes', () => {
  const draft = { clientId: 2 ** 40 + 5, run: made('run', 16), update: made('update', 90), token: null };
  const record = encodeDraft(draft);
  const read = decodeDraft('key', record);
  record.fill(0);
  expect(read).toEqual({ ...draft, key: 'key' });
  expect(() => decodeDraft('key', made('noise', 40))).toThrow('draft');
});
