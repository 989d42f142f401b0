/** Tracing a peer's log: what is asked, what is believed, and what a false answer comes to (W31). */
import type { Head } from '@leanvibe/core/internal/ports/store';
import { OFFER_IDS_MAX } from '@leanvibe/protocol/limits';
import { concat } from '@leanvibe/protocol/bytes';
import { type EntryId, type Hash, idBytes, makeId } from '@leanvibe/protocol/ids';
import { expect, test } from 'vitest';
import { changes, createScript, heads, type Script, ZERO } from './script.js';
import { entryIdOf, flush, hashing, SPACE } from './world.js';

/** The log a peer has: its sealed entries, and the head after each. */
function logOf(count: number): { readonly items: readonly Uint8Array[]; readonly ids: readonly EntryId[]; at(position: number): Head } {
  const items = changes(count);
  const ids = items.map(entryIdOf);
  const hashes: Hash[] = [ZERO];
  for (const id of ids) hashes.push(makeId<Hash>(hashing.sha256(concat(idBytes(hashes.at(-1) ?? ZERO), idBytes(id)))));
  return { items, ids, at: (position) => ({ position, prefixHash: hashes[position] ?? ZERO }) };
}

async function until(script: Script, done: () => boolean): Promise<void> {
  for (let at = 0; at < 50 && !done(); at++) {
    script.clock.tick();
    await flush();
  }
}

/** A script that has read `log` up to `through` without the entries named. */
async function reader(log: ReturnType<typeof logOf>, through: number, without: readonly number[] = []): Promise<Script> {
  const script = await createScript({ traces: true });
  const { prefixHash } = log.at(through);
  await script.hear(heads(through, prefixHash));
  const items = log.items.slice(0, through).filter((_, at) => !without.includes(at));
  await script.hear({ type: 'entries', lane: 2, through, prefixHash, items });
  await until(script, () => script.of('trace').length > 0);
  return script;
}

test('W31 the way from nothing to what was read is asked for once, and from there on the next time', async () => {
  const log = logOf(6);
  const script = await reader(log, 4);
  expect(script.of('trace')).toEqual([{ type: 'trace', slot: 4, lane: 2, after: 0, through: 4 }]);
  await script.hear({ type: 'traced', lane: 2, after: 0, ids: log.ids.slice(0, 3) });
  expect(script.of('trace').at(-1)).toEqual({ type: 'trace', slot: 4, lane: 2, after: 3, through: 4 });
  await script.hear({ type: 'traced', lane: 2, after: 3, ids: log.ids.slice(3, 4) });
  await script.hear({ type: 'entries', lane: 2, through: 6, prefixHash: log.at(6).prefixHash, items: log.items.slice(4, 6) });
  await until(script, () => script.of('trace').length > 2);
  expect(script.of('trace').at(-1)).toMatchObject({ after: 4, through: 6 });
  await script.hear({ type: 'traced', lane: 2, after: 4, ids: log.ids.slice(4, 6) });
  await until(script, () => false);
  expect(script.of('trace')).toHaveLength(3);
  expect(script.reports).toEqual([]);
  await script.sync.close();

  // What was traced is known in the next session.
  const next = await createScript({ traces: true, store: script.store });
  await next.hear(heads(6, log.at(6).prefixHash));
  await until(next, () => false);
  expect(next.of('trace')).toEqual([]);
});

test('W31 an id that is not here is asked for, taken when it comes, and told when it does not', async () => {
  const log = logOf(5);
  const script = await reader(log, 5, [1, 3]);
  await script.hear({ type: 'traced', lane: 2, after: 0, ids: log.ids });
  expect(script.of('get')).toEqual([{ type: 'get', slot: 4, lane: 2, ids: [log.ids[1], log.ids[3]] }]);
  await script.hear({ type: 'loose', lane: 2, items: [log.items[1] as Uint8Array], missing: [log.ids[3] as EntryId] });
  expect(script.reports).toEqual([{ type: 'withheld', lane: 2, ids: [log.ids[3]] }]);
  expect((await script.store.ids(SPACE, 2)).length).toBe(4);
});

test('W31 P9 ids that do not lead there contradict what was shown, an empty answer too; both are told once', async () => {
  for (const ids of [[], logOf(4).ids]) {
    const script = await reader(logOf(4), 4);
    await script.hear({ type: 'traced', lane: 2, after: 0, ids });
    await until(script, () => false);
    expect(script.reports).toEqual([{ type: 'contradicted', lane: 2 }]);
    expect(script.of('trace')).toHaveLength(1);
  }
});

test('W31 P9 an answer nobody asked for, to another question, or of more than was asked for is a breach', async () => {
  const log = logOf(4);
  const script = await reader(log, 3);
  await script.hear({ type: 'traced', lane: 2, after: 1, ids: log.ids.slice(1, 3) });
  await script.hear({ type: 'traced', lane: 1, after: 0, ids: log.ids.slice(0, 3) });
  await script.hear({ type: 'traced', lane: 2, after: 0, ids: log.ids });
  expect(script.reports).toEqual(Array.from({ length: 3 }, () => ({ type: 'refused', reason: 'malformed', count: 1 })));
  await script.hear({ type: 'traced', lane: 2, after: 0, ids: log.ids.slice(0, 3) });
  await script.hear({ type: 'traced', lane: 2, after: 0, ids: log.ids.slice(0, 3) });
  expect(script.reports).toHaveLength(4);
});

test('W31 no answer within two minutes is told', async () => {
  const script = await reader(logOf(2), 2);
  await until(script, () => script.reports.length > 0);
  expect(script.reports).toEqual([{ type: 'untraced', lane: 2 }]);
});

test('W31 another’s head is held against the log: at its end, behind it, and on another log', async () => {
  const [log, other] = [logOf(5), logOf(5)];
  const script = await reader(log, 5);
  await script.hear({ type: 'traced', lane: 2, after: 0, ids: log.ids });
  const compared = async (head: Head): Promise<unknown> => {
    script.sync.compare(2, head);
    const asked = script.of('trace').length;
    await until(script, () => script.of('trace').length > asked || script.reports.length > 0);
    if (script.reports.length === 0)
      await script.hear({ type: 'traced', lane: 2, after: head.position, ids: log.ids.slice(head.position) });
    return script.reports.splice(0);
  };
  expect(await compared(log.at(5))).toEqual([{ type: 'compared', lane: 2, from: log.at(5), ok: true }]);
  expect(await compared(other.at(5))).toEqual([{ type: 'compared', lane: 2, from: other.at(5), ok: false }]);
  expect(await compared(log.at(2))).toEqual([{ type: 'compared', lane: 2, from: log.at(2), ok: true }]);
  expect(await compared(other.at(2))).toEqual([{ type: 'compared', lane: 2, from: other.at(2), ok: false }]);
});

test('W31 P9 whoever is asked answers one question at a time, with so many ids at most, of its own log', async () => {
  const script = await createScript({ own: OFFER_IDS_MAX + 3 });
  await script.hear(heads(0));
  await script.hear({ type: 'trace', lane: 2, after: 1, through: Number.MAX_SAFE_INTEGER });
  await script.hear({ type: 'trace', lane: 2, after: OFFER_IDS_MAX + 1, through: OFFER_IDS_MAX + 2 });
  const all = await script.store.ids(SPACE, 2);
  expect(script.of('traced').map(({ ids }) => ids)).toEqual([
    all.slice(1, OFFER_IDS_MAX + 1),
    all.slice(OFFER_IDS_MAX + 1, OFFER_IDS_MAX + 2),
  ]);
  await script.hear({ type: 'trace', lane: 2, after: 5, through: 5 });
  expect(script.reports).toEqual([{ type: 'refused', reason: 'malformed', count: 1 }]);
  script.reports.splice(0);
  await script.hear({ type: 'trace', lane: 2, after: 0, through: 9 }, { type: 'trace', lane: 2, after: 0, through: 9 });
  expect(script.reports).toEqual([{ type: 'refused', reason: 'malformed', count: 1 }]);
});
