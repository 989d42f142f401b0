/** The limits stand together: what one promises another keeps, and SPEC.md prints each with its value. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encode } from '@leanvibe/protocol/shape';
import { announcementBody, signedAnnouncement, signedChange } from '@leanvibe/protocol/change';
import { signedLink } from '@leanvibe/protocol/link';
import * as limits from '@leanvibe/protocol/limits';
import { HEADER_BYTES, paddedLength, TAG_BYTES } from '@leanvibe/protocol/sealed';
import { ROOT } from '../../help/root.js';

const spec = readFileSync(join(ROOT, 'protocol/SPEC.md'), 'utf8');

test('W21 the table of limits in SPEC.md is the table of limits.ts, name by name', () => {
  const printed = Object.fromEntries(
    [...spec.matchAll(/^\| `([A-Z_]+)` \| ([\d,]+) \|/gm)].map((match) => [match[1], Number((match[2] ?? '').replaceAll(',', ''))]),
  );
  expect(printed).toEqual({ ...limits });
});

test('W21 the table of refusals in SPEC.md names every reason once', async () => {
  const { REFUSALS } = await import('@leanvibe/protocol/errors');
  const section = /^## Refusals\n([^]*?)^## /m.exec(spec)?.[1] ?? '';
  expect([...section.matchAll(/^\| `([a-z-]+)` \|/gm)].map((match) => match[1]).sort()).toEqual(Object.keys(REFUSALS).sort());
});

test('W21 the table of labels in SPEC.md is the table of labels.ts', async () => {
  const { LABELS } = await import('@leanvibe/core/internal/crypto/labels');
  const section = /^## Labels\n([^]*?)^## /m.exec(spec)?.[1] ?? '';
  expect([...section.matchAll(/`([a-z-]+)`/g)].map((match) => match[1]).sort()).toEqual(Object.keys(LABELS).sort());
});

test('C19 W21 the largest part, link and announcement fit an entry once they are framed and padded', () => {
  const largest = [
    encode(signedChange, { body: new Uint8Array(limits.PART_BYTES_MAX), manifest: null, signature: new Uint8Array(64) }),
    encode(signedLink, { body: new Uint8Array(240 * 1024), signature: new Uint8Array(64) }),
    encode(signedAnnouncement, { body: new Uint8Array(250 * 1024), signature: new Uint8Array(64) }),
  ];
  for (const bytes of largest)
    expect(HEADER_BYTES + TAG_BYTES + paddedLength(bytes.length + 4)).toBeLessThanOrEqual(limits.ENTRY_BYTES_MAX);
});

test('C13 W21 an announcement to every possible recipient fits its body', () => {
  const id = '0'.repeat(64);
  const body = {
    epoch: id,
    parents: Array.from({ length: limits.EPOCH_PARENTS_MAX }, (_, at) => at.toString(16).padStart(64, '0')),
    commitRead: new Uint8Array(32),
    commitAppend: new Uint8Array(32),
    ephemeral: new Uint8Array(32),
    boxes: Array.from({ length: limits.RECIPIENTS_MAX }, () => new Uint8Array(80)),
    priors: Array.from({ length: limits.EPOCH_PARENTS_MAX }, () => ({ epoch: id, sealed: new Uint8Array(72) })),
    author: id,
  } as unknown as Parameters<typeof encode<typeof announcementBody extends { write(w: never, v: infer V): void } ? V : never>>[1];
  expect(encode(announcementBody, body).length).toBeLessThanOrEqual(250 * 1024);
});

test('C19 W21 the parts of the largest change are within their number, and four entries fit a frame', () => {
  expect(Math.ceil(limits.CHANGE_BYTES_MAX / limits.PART_BYTES_MAX)).toBeLessThanOrEqual(limits.PARTS_MAX);
  expect(limits.PLAIN_BYTES_MAX).toBe(limits.ENTRY_BYTES_MAX - HEADER_BYTES - TAG_BYTES);
  expect(limits.ENTRY_BYTES_MAX * 4).toBeLessThanOrEqual(limits.FRAME_BYTES_MAX);
});
