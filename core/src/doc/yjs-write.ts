/** Writing structs straight out of a live Yjs store, in the bytes Yjs itself would write, without its search for root names. */
import * as encoding from 'lib0/encoding';
import * as Y from 'yjs';
import type { ClockRanges } from './yjs-parse.js';

export type Struct = Y.Item | Y.GC;
/** Deleted clocks by client id. */
export type DeleteRanges = Map<number, ClockRanges>;

export interface RootNames {
  of(type: Y.AbstractType<unknown>): string;
}

/** Yjs looks a root's name up by walking all roots, for each struct anew: a document with many roots would take for ever to save. */
export function createRootNames(doc: Y.Doc): RootNames {
  const names = new WeakMap<object, string>();
  return {
    of(type) {
      const known = names.get(type);
      // A root that is given its proper type later is replaced under the same name, so a known name never goes stale.
      if (known !== undefined) return known;
      for (const [name, root] of doc.share) names.set(root, name);
      const found = names.get(type);
      if (found === undefined) throw new Error('impossible: a root type outside its document');
      return found;
    },
  };
}

/** One client's clocks [from, to); an item must begin at `to` unless the client ends there. */
export interface Part {
  readonly clientId: number;
  readonly from: number;
  readonly to: number;
}

/** A V1 update of the given parts and deletions; clients in descending order, as Yjs writes them. */
export function writeUpdate(doc: Y.Doc, names: RootNames, parts: readonly Part[], deletes: DeleteRanges): Uint8Array {
  const encoder = new Y.UpdateEncoderV1();
  const rest = encoder.restEncoder;
  const ordered = parts.toSorted((a, b) => b.clientId - a.clientId);
  encoding.writeVarUint(rest, ordered.length);
  for (const part of ordered) writePart(encoder, structsOf(doc, part.clientId), part, names);
  encoding.writeVarUint(rest, deletes.size);
  for (const [clientId, ranges] of [...deletes].sort((a, b) => b[0] - a[0])) {
    encoding.writeVarUint(rest, clientId);
    encoding.writeVarUint(rest, ranges.length);
    for (const [from, to] of ranges) {
      encoding.writeVarUint(rest, from);
      encoding.writeVarUint(rest, to - from);
    }
  }
  return encoder.toUint8Array();
}

export function structsOf(doc: Y.Doc, clientId: number): readonly Struct[] {
  return doc.store.clients.get(clientId) ?? [];
}

function writePart(encoder: Y.UpdateEncoderV1, structs: readonly Struct[], part: Part, names: RootNames): void {
  const first = Y.findIndexSS(structs as Struct[], part.from);
  const last = Y.findIndexSS(structs as Struct[], part.to - 1);
  encoding.writeVarUint(encoder.restEncoder, last + 1 - first);
  encoder.writeClient(part.clientId);
  encoding.writeVarUint(encoder.restEncoder, part.from);
  for (let at = first; at <= last; at++) {
    const struct = structs[at] as Struct;
    const offset = Math.max(0, part.from - struct.id.clock);
    if (struct instanceof Y.Item) writeItem(encoder, struct, offset, names);
    else {
      encoder.writeInfo(0);
      encoder.writeLen(Math.min(part.to, struct.id.clock + struct.length) - struct.id.clock - offset);
    }
  }
}

function writeItem(encoder: Y.UpdateEncoderV1, item: Y.Item, offset: number, names: RootNames): void {
  const parent = item.parent as Y.AbstractType<unknown>;
  if (offset > 0 || item.origin !== null || item.rightOrigin !== null || parent._item !== null) {
    item.write(encoder, offset);
    return;
  }
  encoder.writeInfo(item.content.getRef() | (item.parentSub === null ? 0 : 32));
  encoder.writeParentInfo(true);
  encoder.writeString(names.of(parent));
  if (item.parentSub !== null) encoder.writeString(item.parentSub);
  item.content.write(encoder, 0);
}

/** Everything deleted, as one normal form: ascending, merged ranges; clients without deletions are absent. */
export function deletedRanges(doc: Y.Doc): DeleteRanges {
  const all: DeleteRanges = new Map();
  for (const [clientId, structs] of doc.store.clients) {
    const ranges: [number, number][] = [];
    for (const struct of structs as readonly Struct[]) {
      if (!struct.deleted) continue;
      const last = ranges.at(-1);
      if (last !== undefined && last[1] === struct.id.clock) last[1] += struct.length;
      else ranges.push([struct.id.clock, struct.id.clock + struct.length]);
    }
    if (ranges.length > 0) all.set(clientId, ranges);
  }
  return all;
}

/** The union of ranges in any order, merged where they touch or overlap. */
export function mergeRanges(ranges: ClockRanges): ClockRanges {
  const merged: [number, number][] = [];
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && last[1] >= from) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}
