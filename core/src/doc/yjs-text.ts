/** A root text as people see it: positions count shown characters only, whatever else hostile or newer software put between them. */
import * as Y from 'yjs';
import type { Json } from './crdt.js';
import { asJson } from './json.js';
import { isMixed, type YjsReplica } from './yjs-replica.js';

type AnyType = Y.AbstractType<unknown>;

export function readText(root: AnyType | undefined): string {
  const pieces: string[] = [];
  for (let item = root?._start ?? null; item !== null; item = item.right)
    if (!item.deleted && item.content instanceof Y.ContentString) pieces.push(item.content.str);
  return pieces.join('');
}

/** How many UTF-16 units `readText` would answer. */
export function textLength(replica: YjsReplica, root: AnyType | undefined): number {
  if (root === undefined) return 0;
  return isMixed(replica, root) ? readText(root).length : root._length;
}

/** The UTF-16 unit at a shown position; NaN beyond the end. */
export function unitAt(replica: YjsReplica, root: AnyType | undefined, at: number): number {
  if (root === undefined || at < 0) return Number.NaN;
  if (isMixed(replica, root)) return readText(root).charCodeAt(at);
  // Yjs keeps a few known places of a text that is being worked on; starting at the nearest spares a walk from the beginning.
  let item = root._start;
  let index = 0;
  for (const marker of root._searchMarker ?? []) {
    if (Math.abs(marker.index - at) >= Math.abs(index - at)) continue;
    item = marker.p;
    index = marker.index;
  }
  while (item !== null && index > at) {
    item = item.left;
    if (item !== null && !item.deleted && item.countable) index -= item.length;
  }
  for (; item !== null; item = item.right) {
    if (item.deleted || !(item.content instanceof Y.ContentString)) continue;
    if (at < index + item.length) return item.content.str.charCodeAt(at - index);
    index += item.length;
  }
  return Number.NaN;
}

/** Runs of equal format; formats that are not plain JSON are left out. */
export function readRuns(root: AnyType | undefined): readonly { readonly text: string; readonly attributes: Json }[] {
  const runs: { text: string; attributes: Json; key: string }[] = [];
  const current = new Map<string, Json>();
  for (let item = root?._start ?? null; item !== null; item = item.right) {
    if (item.deleted) continue;
    if (item.content instanceof Y.ContentFormat) {
      const value = asJson(item.content.value);
      if (value === null || value === undefined) current.delete(item.content.key);
      else current.set(item.content.key, value);
    } else if (item.content instanceof Y.ContentString) {
      const attributes = Object.fromEntries([...current].sort((a, b) => (a[0] < b[0] ? -1 : 1)));
      const key = JSON.stringify(attributes);
      const last = runs.at(-1);
      if (last?.key === key) last.text += item.content.str;
      else runs.push({ text: item.content.str, attributes, key });
    }
  }
  return runs.map(({ text, attributes }) => ({ text, attributes }));
}

/** Stretches of Yjs positions that show the characters [from, to), ascending. */
function stretches(root: AnyType, from: number, to: number): readonly { readonly index: number; readonly length: number }[] {
  const found: { index: number; length: number }[] = [];
  let shown = 0;
  let index = 0;
  for (let item = root._start; item !== null && shown < to; item = item.right) {
    if (item.deleted || !item.countable) continue;
    if (item.content instanceof Y.ContentString) {
      const first = Math.max(from, shown);
      const length = Math.min(to, shown + item.length) - first;
      if (length > 0) {
        const last = found.at(-1);
        const at = index + first - shown;
        if (last !== undefined && last.index + last.length === at) last.length += length;
        else found.push({ index: at, length });
      }
      shown += item.length;
    }
    index += item.length;
  }
  return found;
}

/** The Yjs position just after the shown character before `at`. */
function indexAt(root: AnyType, at: number): number {
  if (at === 0) return 0;
  const last = stretches(root, at - 1, at)[0];
  return last === undefined ? 0 : last.index + 1;
}

export function spliceText(replica: YjsReplica, text: Y.Text, from: number, removed: number, inserted: string): void {
  const mixed = isMixed(replica, text as AnyType);
  // First in, then out: the insertion takes the format of what it replaces, as in every editor.
  if (inserted !== '') text.insert(mixed ? indexAt(text as AnyType, from) : from, inserted);
  const start = from + inserted.length;
  if (!mixed) text.delete(start, removed);
  else for (const { index, length } of stretches(text as AnyType, start, start + removed).toReversed()) text.delete(index, length);
}

export function formatText(
  replica: YjsReplica,
  text: Y.Text,
  from: number,
  length: number,
  attributes: Readonly<Record<string, Json>>,
): void {
  const whole = [{ index: from, length }];
  const parts = isMixed(replica, text as AnyType) ? stretches(text as AnyType, from, from + length) : whole;
  for (const part of parts.toReversed()) text.format(part.index, part.length, { ...attributes });
}
