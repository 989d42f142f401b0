/** What an item's author must have known, read from the document alone: own earlier items, what they stand beside, and so on back. */
import * as Y from 'yjs';
import { type Struct, structsOf } from './yjs-write.js';

export interface Known {
  /** Adds what the author must have known to make this item: for items of one client, in clock order. */
  learn(item: Y.Item): void;
  /** True when the id is among it. */
  has(id: Y.ID): boolean;
}

/**
 * The least knowledge with which a client's items can have been made. Derived from ids that never change, so that every
 * replica, live or loaded, answers alike. Looks at each struct once at most, and only as far as asked.
 */
export function createKnown(doc: Y.Doc): Known {
  /** Per client, one past the last clock known, and how far its structs were looked at. */
  const ends = new Map<number, { known: number; looked: number }>();
  const open: number[] = [];
  const learn = (client: number, end: number): void => {
    const one = ends.get(client);
    if (one === undefined) ends.set(client, { known: end, looked: 0 });
    else if (one.known >= end) return;
    else one.known = end;
    open.push(client);
  };
  return {
    learn(item) {
      learn(item.id.client, item.id.clock);
      referencesOf(item, learn);
    },
    has({ client, clock }) {
      for (;;) {
        const one = ends.get(client);
        if (one !== undefined && clock < one.known) return true;
        const next = open.pop();
        if (next === undefined) return false;
        look(doc, next, ends.get(next) as { known: number; looked: number }, learn);
      }
    },
  };
}

function look(doc: Y.Doc, client: number, one: { known: number; looked: number }, learn: (client: number, end: number) => void): void {
  const structs = structsOf(doc, client);
  if (one.looked >= one.known) return;
  for (let at = Y.findIndexSS(structs as Struct[], one.looked); at < structs.length; at++) {
    const struct = structs[at] as Struct;
    if (struct.id.clock >= one.known) break;
    if (struct instanceof Y.Item) referencesOf(struct, learn);
  }
  one.looked = one.known;
}

function referencesOf(item: Y.Item, learn: (client: number, end: number) => void): void {
  for (const id of [item.origin, item.rightOrigin]) if (id) learn(id.client, id.clock + 1);
  const parent = (item.parent as Y.AbstractType<unknown> | null)?._item ?? null;
  if (parent !== null) learn(parent.id.client, parent.id.clock + 1);
}
