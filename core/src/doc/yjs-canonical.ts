/** C24: one byte string per state of a Yjs document, whatever path led there; not toJSON, which hides ids, order and tombstones. */
import * as encoding from 'lib0/encoding';
import * as Y from 'yjs';
import type { YjsReplica } from './yjs-replica.js';
import { deletedRanges } from './yjs-write.js';

type AnyType = Y.AbstractType<unknown>;
const KIND = { string: 4, value: 8, binary: 3, embed: 5, format: 6, type: 7 } as const;

/** Per type by id: visible items in order, then attributes by key; then the state vector; then the delete set. */
export function canonicalYjs(replica: YjsReplica): Uint8Array {
  const { doc } = replica;
  const out = encoding.createEncoder();
  const nested: Y.Item[] = [];
  for (const [name, root] of [...doc.share].sort((a, b) => compare(a[0], b[0]))) {
    // Looking at a root creates it; one that shows nothing is no part of the state.
    if (![...root._map.values()].some((item) => !item.deleted) && root._first === null) continue;
    encoding.writeUint8(out, 1);
    encoding.writeVarString(out, name);
    writeType(out, root as AnyType, nested);
  }
  for (let item = nested.pop(); item !== undefined; item = nested.pop()) {
    encoding.writeUint8(out, 2);
    writeId(out, item.id);
    writeType(out, (item.content as Y.ContentType).type as AnyType, nested);
  }
  encoding.writeUint8(out, 3);
  const clients = [...doc.store.clients.keys()].sort((a, b) => a - b);
  for (const clientId of clients) {
    encoding.writeVarUint(out, clientId);
    encoding.writeVarUint(out, Y.getState(doc.store, clientId));
  }
  encoding.writeUint8(out, 4);
  for (const [clientId, ranges] of [...deletedRanges(doc)].sort((a, b) => a[0] - b[0])) {
    encoding.writeVarUint(out, clientId);
    encoding.writeVarUint(out, ranges.length);
    for (const range of ranges) for (const clock of range) encoding.writeVarUint(out, clock);
  }
  return encoding.toUint8Array(out);
}

function writeType(out: encoding.Encoder, type: AnyType, nested: Y.Item[]): void {
  encoding.writeVarString(out, type instanceof Y.XmlElement ? type.nodeName : type instanceof Y.XmlHook ? type.hookName : '');
  // How Yjs cuts text into items is history, not state: neighbours whose ids follow each other are one run.
  let run: { readonly client: number; readonly clock: number; next: number; text: string } | null = null;
  const flush = (): void => {
    if (run === null) return;
    writeHead(out, KIND.string, run);
    encoding.writeVarString(out, run.text);
    run = null;
  };
  for (let item = type._start; item !== null; item = item.right) {
    if (item.deleted) continue;
    if (item.content instanceof Y.ContentString) {
      if (run !== null && run.client === item.id.client && run.next === item.id.clock) {
        run.text += item.content.str;
        run.next += item.length;
      } else {
        flush();
        run = { client: item.id.client, clock: item.id.clock, next: item.id.clock + item.length, text: item.content.str };
      }
    } else {
      flush();
      writeContent(out, item, nested);
    }
  }
  flush();
  encoding.writeUint8(out, 0);
  for (const [key, item] of [...type._map].sort((a, b) => compare(a[0], b[0]))) {
    if (item.deleted) continue;
    encoding.writeVarString(out, key);
    if (item.content instanceof Y.ContentString) {
      writeHead(out, KIND.string, item.id);
      encoding.writeVarString(out, item.content.str);
    } else writeContent(out, item, nested);
  }
  encoding.writeUint8(out, 0);
}

function writeContent(out: encoding.Encoder, item: Y.Item, nested: Y.Item[]): void {
  const { client, clock } = item.id;
  const { content } = item;
  if (content instanceof Y.ContentAny || content instanceof Y.ContentJSON) {
    content.arr.forEach((value, at) => {
      writeHead(out, KIND.value, { client, clock: clock + at });
      encoding.writeAny(out, normal(value) as Parameters<typeof encoding.writeAny>[1]);
    });
    return;
  }
  if (content instanceof Y.ContentBinary) {
    writeHead(out, KIND.binary, item.id);
    encoding.writeVarUint8Array(out, content.content);
  } else if (content instanceof Y.ContentEmbed) {
    writeHead(out, KIND.embed, item.id);
    encoding.writeAny(out, normal(content.embed) as Parameters<typeof encoding.writeAny>[1]);
  } else if (content instanceof Y.ContentFormat) {
    writeHead(out, KIND.format, item.id);
    encoding.writeVarString(out, content.key);
    encoding.writeAny(out, normal(content.value) as Parameters<typeof encoding.writeAny>[1]);
  } else if (content instanceof Y.ContentType) {
    writeHead(out, KIND.type, item.id);
    encoding.writeUint8(out, typeOf(content.type as AnyType));
    nested.push(item);
  }
}

/** Sorted keys, and -0 as 0, which JSON does not keep. */
function normal(value: unknown): unknown {
  if (typeof value === 'number') return value === 0 ? 0 : value;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(normal);
  const source = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.keys(source)
      .sort(compare)
      .map((key) => [`.${key}`, normal(source[key])]),
  );
}

function typeOf(type: AnyType): number {
  const at = [Y.XmlText, Y.XmlHook, Y.XmlElement, Y.XmlFragment, Y.Text, Y.Map, Y.Array].findIndex(
    (one) => type instanceof (one as unknown as typeof Y.AbstractType),
  );
  return at + 1;
}

function writeHead(out: encoding.Encoder, kind: number, id: { readonly client: number; readonly clock: number }): void {
  encoding.writeUint8(out, kind);
  writeId(out, id);
}

function writeId(out: encoding.Encoder, id: { readonly client: number; readonly clock: number }): void {
  encoding.writeVarUint(out, id.client);
  encoding.writeVarUint(out, id.clock);
}

/** By code unit: the same everywhere, unlike a locale's order. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
