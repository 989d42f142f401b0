/** Hostile peers facing one conversation: bounded, counted, closed when it repeats, and never a lost acknowledgement. */
import { cursorKey, readCursor } from '@leanvibe/core/internal/log/cursor';
import { createMemoryStore } from '@leanvibe/core/internal/memory/store';
import type { EntryId } from '@leanvibe/protocol/ids';
import { makeId } from '@leanvibe/protocol/ids';
import { CREDIT_BYTES } from '@leanvibe/protocol/limits';
import { expect, test } from 'vitest';
import {
  changes,
  createScript,
  entries,
  freshCursors,
  heads,
  ownEntry,
  PEER,
  type PEER_STORE,
  type Script,
  SOME,
  type Unslotted,
  ZERO,
} from './script.js';
import { createDice, entryIdOf, flush, hashing, makeSealed, nextName, SPACE } from './world.js';

async function savedPosition(script: Script): Promise<number> {
  await script.sync.close();
  const key = cursorKey(SPACE, PEER, 2);
  const bytes = await script.store.get(key.table, key.key);
  return bytes === null ? -1 : (readCursor(bytes)?.position ?? -1);
}

function randomIds(count: number): readonly EntryId[] {
  return Array.from({ length: count }, () => makeId<EntryId>(hashing.sha256(new TextEncoder().encode(nextName()))));
}

function isClosed(script: Script): boolean {
  return script.sync.status().phase === 'closed';
}

test('C19 P9: entries of a wrong version, kind, lane or size are counted and not stored, and the session goes on', async () => {
  const script = await createScript();
  const [good, ...rest] = changes(4);
  const [newer, odd, short] = rest as [Uint8Array, Uint8Array, Uint8Array];
  newer[0] = 9;
  odd[1] = 99;
  await script.hear(heads(20), entries(5, [good as Uint8Array, newer, odd, short.subarray(0, 100), makeSealed(1, nextName())]));
  const counts = script.reports.flatMap((report) => (report.type === 'refused' ? [`${report.reason} ${report.count}`] : []));
  expect(counts.sort()).toEqual(['entry-kind 1', 'entry-lane 1', 'entry-size 1', 'entry-version 1']);
  expect(await script.store.ids(SPACE, 2)).toEqual([entryIdOf(good as Uint8Array)]);
  await script.hear(entries(6, changes(1)));
  expect((await script.store.head(SPACE, 2)).position).toBe(2);
  expect(script.reports).toContainEqual({ type: 'hole', lane: 2, ids: [entryIdOf(newer)] });
  expect(await script.store.scan('hole', '', null, 10)).toHaveLength(1);
  expect(await savedPosition(script)).toBe(6);
});

test('P9: presence and other kinds that are never stored are refused in every lane', async () => {
  const script = await createScript();
  const presence = changes(1)[0] as Uint8Array;
  presence[1] = 6;
  await script.hear(heads(20), entries(1, [presence], 0), entries(1, [presence], 1), entries(1, [presence], 2));
  expect(script.reports.filter((report) => report.type === 'refused')).toHaveLength(3);
  expect((await script.store.size()).entries).toBe(0);
});

test('P9: a peer that keeps sending bad entries is closed', async () => {
  const script = await createScript();
  await script.hear(heads(1_000));
  for (let at = 1; at <= 100 && !isClosed(script); at++) await script.hear(entries(at, [makeSealed(1, nextName())]));
  expect(script.sync.status().refused).toBe(64);
  expect(script.reports.at(-1)).toEqual({ type: 'closed', reason: 'refused' });
});

test('P9: entries sealed by newer programs never close a session, however many', async () => {
  const script = await createScript();
  await script.hear(heads(1_000));
  for (let at = 1; at <= 3; at++) {
    const newer = changes(100);
    for (const sealed of newer) sealed[0] = 2;
    await script.hear(entries(at * 100, newer));
  }
  expect(isClosed(script)).toBe(false);
});

test('C26 P9: a position that does not rise, or rises by less than its entries, is a breach and moves no cursor', async () => {
  const script = await createScript();
  await script.hear(heads(20), entries(5, changes(5)));
  await script.hear(entries(5, changes(1)), entries(4, []), entries(6, changes(2)));
  expect(script.reports.filter((report) => report.type === 'refused')).toHaveLength(3);
  expect((await script.store.head(SPACE, 2)).position).toBe(5);
  expect(await savedPosition(script)).toBe(5);
});

const OUT_OF_ORDER: Readonly<Record<string, Unslotted>> = {
  'a second store': { type: 'heads', store: '77'.repeat(16) as typeof PEER_STORE, lanes: [] },
  'heads told twice': heads(3),
  'want without an offer': { type: 'want', lane: 2, through: 5, bits: Uint8Array.of(255) },
  'an acknowledgement of what was not sent': { type: 'stored', lane: 2, through: 9, credit: 0, placed: null },
  'credit that was not used': { type: 'stored', lane: 2, through: null, credit: 1, placed: null },
  'an answer to no question': { type: 'ranges', lane: 2, round: 1, ranges: [] },
  'loose entries nobody asked for': { type: 'loose', lane: 2, items: changes(1), missing: [] },
  'an empty get': { type: 'get', lane: 2, ids: [] },
  'an unmatched cursor that matched': { type: 'unmatched', lane: 2, position: 0, prefixHash: ZERO },
  'an offer of more ids than positions': { type: 'offer', lane: 2, through: 1, prefixHash: SOME, ids: randomIds(2) },
  'a placement where the cursor is not': {
    type: 'stored',
    lane: 2,
    through: null,
    credit: 0,
    placed: { before: { position: 3, prefixHash: SOME }, after: { position: 4, prefixHash: SOME } },
  },
};

for (const [name, message] of Object.entries(OUT_OF_ORDER)) {
  test(`P9: ${name} is counted, stores nothing, and closes when repeated`, async () => {
    const script = await createScript();
    await script.hear(heads(10), freshCursors(script.store.id));
    const said = script.said.length;
    await script.hear(message);
    expect(script.reports.filter((report) => report.type === 'refused' && report.reason === 'malformed')).toHaveLength(1);
    for (let at = 0; at < 10; at++) await script.hear(message);
    expect(isClosed(script)).toBe(true);
    expect(script.said.length).toBe(said);
    expect((await script.store.size()).entries).toBe(0);
  });
}

test('P9: anything before heads is a breach', async () => {
  const script = await createScript();
  await script.hear(entries(1, changes(1)));
  expect(script.reports).toEqual([{ type: 'refused', reason: 'malformed', count: 1 }]);
  expect((await script.store.size()).entries).toBe(0);
});

test('C28 P9: want bits outside the offer, or of a wrong length, send nothing', async () => {
  const store = createMemoryStore({ hashing, random: createDice(3).random });
  const third = makeId<typeof PEER>(new Uint8Array(32).fill(1));
  await store.commit({ entries: Array.from({ length: 70 }, () => ({ ...ownEntry(2), from: third })) });
  const script = await createScript({ store });
  await script.hear(heads(3), freshCursors(store.id));
  const offer = script.of('offer')[0];
  expect(offer?.ids).toHaveLength(70);
  await script.hear(
    { type: 'want', lane: 2, through: 70, bits: new Uint8Array(9).fill(255) },
    { type: 'want', lane: 2, through: 70, bits: new Uint8Array(1) },
  );
  await script.hear({ type: 'want', lane: 2, through: 69, bits: new Uint8Array(9) });
  expect(script.of('entries')).toEqual([]);
  const bits = new Uint8Array(9);
  bits[0] = 1;
  await script.hear({ type: 'want', lane: 2, through: 70, bits });
  expect(script.of('entries').map((message) => message.items.length)).toEqual([1]);
});

test('C29 P9: a sender over its credit is refused with `credit` and closed; nothing over the window is kept', async () => {
  let release = (): void => undefined;
  const script = await createScript({ beforeCommit: () => new Promise((resolve) => (release = resolve)) });
  await script.hear(heads(1_000));
  const big = changes(1, 250_000)[0] as Uint8Array;
  for (let at = 1; at < 30 && !isClosed(script); at++) await script.hear(entries(at, [big]));
  expect(script.reports.at(-2)).toEqual({ type: 'refused', reason: 'credit', count: 1 });
  expect(script.reports.at(-1)).toEqual({ type: 'closed', reason: 'credit' });
  release();
  await flush();
  expect((await script.store.size()).bytes).toBeLessThanOrEqual(CREDIT_BYTES);
});

test('C29 P9: one reconcile question and one get at a time', async () => {
  const script = await createScript({ own: 5 });
  await script.hear(heads(0), freshCursors(script.store.id));
  const question: Unslotted = {
    type: 'reconcile',
    lane: 2,
    seed: new Uint8Array(16),
    round: 1,
    ranges: [{ prefix: new Uint8Array(0), count: 0, fingerprint: new Uint8Array(16) }],
  };
  await script.hear(question, question);
  expect(script.of('ranges')).toHaveLength(1);
  const get: Unslotted = { type: 'get', lane: 2, ids: randomIds(10) };
  await script.hear(get, get);
  expect(script.of('loose').map((message) => message.missing.length)).toEqual([10]);
  expect(script.reports.filter((report) => report.type === 'refused')).toHaveLength(2);
});

test('C27 P9: an answer outside its question closes at once', async () => {
  const script = await createScript({ own: 5 });
  await script.hear(heads(10));
  expect(script.of('reconcile')).toHaveLength(1);
  await script.hear({
    type: 'ranges',
    lane: 2,
    round: 1,
    ranges: [{ prefix: Uint8Array.of(1, 2), summary: { count: 3, fingerprint: new Uint8Array(16) }, ids: null }],
  });
  expect(isClosed(script)).toBe(true);
});

test('C27 P9: ids listed twice close at once', async () => {
  const [one] = randomIds(1);
  const script = await createScript({ own: 5 });
  await script.hear(heads(10));
  await script.hear({
    type: 'ranges',
    lane: 2,
    round: 1,
    ranges: [{ prefix: new Uint8Array(0), summary: null, ids: [one as EntryId, one as EntryId] }],
  });
  expect(isClosed(script)).toBe(true);
});

test('C27 P9: a peer that asks for ranges for ever is closed after a bounded number of answers', { timeout: 60_000 }, async () => {
  const script = await createScript({ own: 5 });
  await script.hear(heads(10), freshCursors(script.store.id));
  const range = { prefix: new Uint8Array(0), count: 0, fingerprint: new Uint8Array(16) };
  let questions = 0;
  for (; questions < 5_000 && !isClosed(script); questions++) {
    await script.hear({
      type: 'reconcile',
      lane: 2,
      seed: new Uint8Array(16),
      round: questions,
      ranges: Array.from({ length: 28 }, () => range),
    });
  }
  expect(questions).toBeLessThan(1_000);
});

test('C29 P9: messages that cost no credit cannot pile up behind a slow disk', async () => {
  const script = await createScript({ beforeCommit: () => new Promise(() => undefined) });
  await script.hear(heads(1_000_000));
  const flood = Array.from({ length: 9_000 }, (_, at) => entries(at + 1, []));
  await script.hear(...flood);
  expect(script.reports.at(-1)).toEqual({ type: 'closed', reason: 'credit' });
});

test('C27 P9: a peer whose ranges never end is closed after a bounded number of questions', { timeout: 60_000 }, async () => {
  const script = await createScript({ own: 5 });
  await script.hear(heads(10));
  let questions = 0;
  for (; questions < 5_000 && !isClosed(script); questions++) {
    const asked = script.of('reconcile').at(-1);
    if (asked === undefined || asked.round !== questions + 1) break;
    const ranges = asked.ranges.flatMap(({ prefix }) =>
      prefix.length >= 64
        ? []
        : Array.from({ length: 16 }, (_, digit) => ({
            prefix: Uint8Array.of(...prefix, digit),
            summary: { count: 1_000, fingerprint: new Uint8Array(16).fill(1) },
            ids: null,
          })),
    );
    await script.hear({ type: 'ranges', lane: 2, round: asked.round, ranges });
  }
  expect(isClosed(script)).toBe(true);
  expect(questions).toBeLessThan(200);
});

test('C26 P9: cursors that never match are answered a bounded number of times', async () => {
  const script = await createScript({ own: 5 });
  await script.hear(heads(0));
  for (let at = 0; at < 50 && !isClosed(script); at++) {
    await script.hear({ type: 'cursors', store: script.store.id, lanes: [{ lane: 2, position: 3, prefixHash: SOME }] });
  }
  expect(isClosed(script)).toBe(true);
  expect(script.of('unmatched').length).toBeLessThanOrEqual(16);
});

test('C25: what a removed peer sends is refused by name, and nothing of ours but announcements reaches it', async () => {
  const script = await createScript({ own: 5, level: 0 });
  await script.hear(heads(10), freshCursors(script.store.id), entries(1, changes(1)), entries(1, [makeSealed(0, nextName())], 0));
  expect(script.reports).toEqual([
    { type: 'refused', reason: 'not-accepted-from', count: 1 },
    { type: 'refused', reason: 'not-accepted-from', count: 1 },
  ]);
  expect(script.of('entries')).toEqual([]);
  const [id] = await script.store.ids(SPACE, 2);
  await script.hear({ type: 'get', lane: 0, ids: [id as EntryId] });
  expect(script.of('loose').map((message) => [message.items.length, message.missing.length])).toEqual([[0, 1]]);
  await script.hear({ type: 'get', lane: 2, ids: [id as EntryId] });
  expect(script.of('loose')).toHaveLength(1);
});

test('P9: a peer that sends without reading is cut off with bounded memory', async () => {
  const script = await createScript({ canSend: () => false });
  await script.hear(heads(1_000_000));
  for (let at = 1; at < 5_000 && !isClosed(script); at++) await script.hear(entries(at, []));
  expect(script.reports.at(-1)).toEqual({ type: 'closed', reason: 'too-slow' });
});

test('P9: a broken store ends the conversation and says so', async () => {
  const store = createMemoryStore({ hashing, random: createDice(3).random });
  const script = await createScript({ store });
  await store.close();
  await script.hear(heads(10), entries(1, changes(1)));
  expect(script.reports).toEqual([{ type: 'closed', reason: 'store-broken' }]);
  expect(script.of('stored')).toEqual([]);
});

test('P7: a bogus prefix hash only makes its sender be reconciled next time', async () => {
  const script = await createScript();
  await script.hear(heads(10), entries(5, changes(5)));
  await script.sync.close();
  const again = await createScript({ store: script.store });
  expect(again.of('cursors')[0]?.lanes.find((one) => one.lane === 2)).toEqual({ lane: 2, position: 5, prefixHash: SOME });
  await again.hear(heads(10, ZERO), { type: 'unmatched', lane: 2, position: 5, prefixHash: SOME });
  expect(again.reports).toEqual([{ type: 'rolled-back', lane: 2, had: 5, has: 10 }]);
  expect(again.of('reconcile')).toHaveLength(1);
});
