/** Integrating remote structs one by one with Yjs's own algorithm, but only where they can stand: plain Yjs takes any place for granted. */
import * as Y from 'yjs';
import { createKnown, type Known } from './yjs-known.js';
import type { Struct } from './yjs-write.js';

/** A struct that no honest editor makes, or that waits for something that is not there; half of its update is in the document by then. */
export class Unsound extends Error {
  override readonly name = 'Unsound';
}

/** Applies a V1 update in one transaction. Throws `Unsound`; whatever Yjs throws comes through. */
export function integrateUpdate(doc: Y.Doc, update: Uint8Array): void {
  const { structs, ds } = Y.decodeUpdate(update);
  Y.transact(
    doc,
    (transaction) => {
      integrateStructs(transaction, structs as readonly Struct[]);
      for (const [clientId, items] of ds.clients) {
        const last = items.at(-1);
        if (last !== undefined && last.clock + last.len > Y.getState(doc.store, clientId)) throw new Unsound('deletes what does not exist');
      }
      Y.iterateDeletedStructs(transaction, ds, (struct) => {
        if (!struct.deleted && struct instanceof Y.Item) struct.delete(transaction);
      });
    },
    null,
    false,
  );
}

interface Queue {
  readonly structs: Struct[];
  next: number;
  known: Known | null;
}

function integrateStructs(transaction: Y.Transaction, structs: readonly Struct[]): void {
  const queues = new Map<number, Queue>();
  for (const struct of structs) {
    const queue = queues.get(struct.id.client);
    if (queue === undefined) queues.set(struct.id.client, { structs: [struct], next: 0, known: null });
    else queue.structs.push(struct);
  }
  for (const first of queues.values()) {
    // A client whose head waits for another client steps back behind it; inspection made sure there is no circle.
    const stack = [first];
    for (let queue = stack.at(-1); queue !== undefined; queue = stack.at(-1)) {
      const head = queue.structs[queue.next];
      if (head === undefined) {
        stack.pop();
        continue;
      }
      const missing = integrateOne(transaction, head, queue);
      if (missing === null) queue.next++;
      else {
        const wanted = queues.get(missing);
        if (wanted === undefined || wanted.next === wanted.structs.length || stack.includes(wanted))
          throw new Unsound('builds on what is not there');
        stack.push(wanted);
      }
    }
  }
}

/** Answers the client id it waits for, or null when it is in. */
function integrateOne(transaction: Y.Transaction, struct: Struct, queue: Queue): number | null {
  const { store } = transaction.doc;
  const offset = Y.getState(store, struct.id.client) - struct.id.clock;
  if (offset < 0) throw new Unsound('leaves a gap');
  if (offset >= struct.length) return null;
  if (struct instanceof Y.Item) {
    if (typeof struct.parent === 'string') struct.parent = transaction.doc.get(struct.parent);
    const missing = struct.getMissing(transaction, store);
    if (missing !== null) return missing;
    const knowledge = (): Known => {
      queue.known ??= createKnown(transaction.doc);
      queue.known.learn(struct);
      return queue.known;
    };
    if (isEntryOfMany(struct) || !stands(struct, knowledge)) throw new Unsound('stands nowhere');
  }
  struct.integrate(transaction, offset);
  return null;
}

/** A map entry is one value. Of several, cut apart by a later origin, the first would stay alive here and die in the saved state. */
function isEntryOfMany(item: Y.Item): boolean {
  return item.parentSub !== null && item.length > 1 && !(item.content instanceof Y.ContentDeleted);
}

/**
 * Where an item was made, its neighbours were next to each other: whatever stands between them now, its author cannot have known.
 * Yjs orders such items alike on every replica; of any others (an origin after the right origin, neighbours in two lists, a place
 * chosen as if own items were not there) replicas, and a document and its own saved state, come apart.
 */
function stands(item: Y.Item, knowledge: () => Known): boolean {
  const { id, origin, left, right, parent, parentSub } = item;
  if (!(parent instanceof Y.AbstractType)) return true;
  if (left instanceof Y.Item && (origin === null || left.lastId.client !== origin.client || left.lastId.clock !== origin.clock))
    return false;
  if (left instanceof Y.Item && right instanceof Y.Item && (left.parent !== right.parent || left.parentSub !== right.parentSub))
    return false;
  // Typing on: the item before it stood in this gap already, and nothing was learned since.
  if (
    origin?.client === id.client &&
    origin.clock === id.clock - 1 &&
    left instanceof Y.Item &&
    Y.compareIDs(left.rightOrigin, item.rightOrigin)
  )
    return true;
  let known: Known | null = null;
  let next = left instanceof Y.Item ? left.right : firstOf(parent, parentSub);
  for (; next !== null && next !== right; next = next.right) {
    known ??= knowledge();
    if (known.has(next.id)) return false;
  }
  return next === right;
}

function firstOf(parent: Y.AbstractType<unknown>, key: string | null): Y.Item | null {
  if (key === null) return parent._start;
  let first = parent._map.get(key) ?? null;
  while (first !== null && first.left !== null) first = first.left;
  return first;
}
