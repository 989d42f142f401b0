/** Checkpoints and the words about them against their golden bytes, on every implementation. */
import { describe, expect, test } from 'vitest';
import { checkpointBody } from '@leanvibe/protocol/checkpoint';
import type { ChangeId } from '@leanvibe/protocol/ids';
import { readSealed } from '@leanvibe/protocol/sealed';
import { decode } from '@leanvibe/protocol/shape';
import { writeAttestation, writeCheckpoint } from '@leanvibe/core/internal/checkpoint/write';
import { cutId, holdsCut, packIds } from '@leanvibe/core/internal/intake/ids';
import { atOnce } from '@leanvibe/core/internal/base/pieces';
import { authenticateCheckpoint, openAttestation, openCheckpoint } from '@leanvibe/core/internal/intake/open-checkpoint';
import { openEntry } from '@leanvibe/core/internal/intake/open';
import { createSealer } from '@leanvibe/core/internal/keys/entry';
import { implementations } from '../unit/core/crypto/implementations.js';
import { readVectors } from './all.js';
import { type CheckpointVectors, checkpointOf } from './checkpoints.js';
import { SECRETS } from './entries.js';
import { actor, hex, madeId, pattern, SPACE } from './kit.js';

const vectors = readVectors<CheckpointVectors>('checkpoints');

describe.each(implementations)('C35 golden checkpoints, %s', (_name, crypto) => {
  const sealer = createSealer(crypto, SECRETS);

  test('C35 W23 the entry opens to the checkpoint, and is written again alike', () => {
    const outside = readSealed(hex(vectors.checkpoint.sealed));
    const opened = outside.ok ? openEntry(crypto, SPACE, sealer, outside.value) : null;
    const checkpoint =
      opened?.ok === true && opened.value.type === 'carried-checkpoint'
        ? atOnce(authenticateCheckpoint(crypto, SPACE, opened.value))
        : null;
    expect(checkpoint?.ok === true && checkpoint.value.id).toBe(vectors.checkpoint.id);
    const author = actor(crypto, 'alice');
    expect(author.device).toBe(vectors.author);
    expect(writeCheckpoint(crypto, author.keys, sealer, checkpointOf(author, pattern(600)))?.entry.entryId).toBe(
      vectors.checkpoint.entryId,
    );
    const large = writeCheckpoint(crypto, author.keys, sealer, checkpointOf(author, pattern(vectors.parts.stateBytes)));
    expect([large?.checkpoint.id, large?.entry.entryId, large?.parts.map((one) => one.entryId)]).toEqual([
      vectors.parts.id,
      vectors.parts.entryId,
      vectors.parts.parts,
    ]);
  });

  test('W24 words open to what they say', () => {
    for (const { agrees, sealed } of vectors.words) {
      const outside = readSealed(hex(sealed));
      const opened = outside.ok ? openEntry(crypto, SPACE, sealer, outside.value) : null;
      expect(opened?.ok === true && opened.value.type === 'attestation' && opened.value.body).toMatchObject({
        agrees,
        checkpoint: vectors.checkpoint.id,
        device: vectors.attester,
      });
      if (opened?.ok === true && opened.value.type === 'attestation')
        expect(writeAttestation(crypto, actor(crypto, 'bob').keys, sealer, opened.value.body).entryId).toBe(
          vectors.words.find((one) => one.agrees === agrees)?.entryId,
        );
    }
  });

  test.each(vectors.refused)('C35 C36 W23 W24 $kind refused: $why', ({ reason, kind, plaintext }) => {
    const opened = kind === 'checkpoint' ? openCheckpoint(hex(plaintext)) : openAttestation(crypto, SPACE, hex(plaintext));
    const carried = opened.ok && 'type' in opened.value && opened.value.type === 'carried-checkpoint' ? opened.value : null;
    expect(carried === null ? opened : atOnce(authenticateCheckpoint(crypto, SPACE, carried))).toEqual({ ok: false, error: reason });
  });
});

test('W23 covered ids are found by their first 16 bytes', () => {
  const body = decode(checkpointBody, hex(vectors.checkpoint.body));
  const ids = body.ok ? body.value.ids : new Uint8Array(0);
  expect(ids).toEqual(packIds(vectors.checkpoint.covered.map((id) => cutId(id as ChangeId))));
  for (const id of vectors.checkpoint.covered) expect(holdsCut(ids, cutId(id as ChangeId))).toBe(true);
  for (let at = 0; at < 100; at++) expect(holdsCut(ids, cutId(madeId<ChangeId>(`not covered ${at}`)))).toBe(false);
});
