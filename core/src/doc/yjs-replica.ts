/** A live Yjs document under our rules: it never owns a client id between edits, never tidies by itself, never forgets where a tombstone stood. */
import * as Y from 'yjs';
import { CommandRefused } from './crdt.js';
import { integrateUpdate, Unsound } from './yjs-integrate.js';
import { createRootNames, deletedRanges, type Part, type RootNames, type Struct, structsOf, writeUpdate } from './yjs-write.js';

/** Types of one document nest at most this deep; Yjs deletes recursively, so that deeper ones would overflow small stacks. */
export const TYPE_DEPTH_MAX = 256;

export interface YjsReplica {
  readonly doc: Y.Doc;
  readonly names: RootNames;
  /** Bytes taken in, for the weight. */
  bytes: number;
  /** Whether a list holds countable content that is not text, so that positions in it are not those of its characters; filled when asked for. */
  readonly mixed: WeakMap<object, boolean>;
  /** The transaction an application just finished. */
  finished: Y.Transaction | null;
  /** Set when an update broke a rule that only its application shows; the replica is worthless then. */
  broken: boolean;
}

/** A client id no payload can carry: while it is set, nothing from outside makes Yjs draw a random one. */
const NOBODY = -1;

export function createYjsReplica(): YjsReplica {
  // Yjs turns the children of a deleted type into GC structs, which lose their parent: replicas that saw a concurrent
  // insertion before and after that would then differ. Without it, deleted content still goes, its place remains.
  const gcFilter = (item: Y.Item): boolean => !(item.content instanceof Y.ContentType);
  const doc = new Y.Doc({ guid: '', gc: true, gcFilter });
  doc.clientID = NOBODY;
  const replica: YjsReplica = { doc, names: createRootNames(doc), bytes: 0, mixed: new WeakMap(), finished: null, broken: false };
  // Yjs would delete redundant format marks at every receiver, in nobody's name and at each in its own way.
  doc.on('afterTransaction', (transaction: Y.Transaction) => {
    transaction._needFormattingCleanup = false;
  });
  doc.on('afterTransactionCleanup', (transaction: Y.Transaction) => {
    replica.finished = transaction;
  });
  return replica;
}

export function loadYjs(state: Uint8Array): YjsReplica {
  const replica = createYjsReplica();
  Y.applyUpdate(replica.doc, new Uint8Array(state));
  replica.bytes = state.length;
  return replica;
}

export function saveYjs(replica: YjsReplica): Uint8Array {
  const { doc } = replica;
  const parts = [...doc.store.clients.keys()].map((clientId) => ({ clientId, from: 0, to: Y.getState(doc.store, clientId) }));
  return writeUpdate(doc, replica.names, parts, deletedRanges(doc));
}

/** Applies bytes from outside; answers the transaction for whoever wants to know what was new. An update that breaks a rule, or Yjs, marks the replica broken. */
export function applyYjs(replica: YjsReplica, payload: Uint8Array): Y.Transaction | null {
  try {
    // A copy: binary values inside would otherwise be views that keep, and change with, the caller's bytes.
    integrateUpdate(replica.doc, new Uint8Array(payload));
  } catch (error) {
    replica.broken = true;
    if (error instanceof Unsound) return null;
    throw error;
  }
  const transaction = replica.finished;
  replica.finished = null;
  replica.bytes += payload.length;
  if (transaction !== null && !look(replica, transaction)) replica.broken = true;
  return transaction;
}

/**
 * Takes in a whole state of somebody else. Its runs were joined over time, so nobody can tell from them where their author could have put
 * what; whoever holds the changes compares, and nobody else believes it without a word of theirs (C36).
 */
export function joinYjs(replica: YjsReplica, state: Uint8Array): void {
  try {
    Y.applyUpdate(replica.doc, new Uint8Array(state));
  } catch (error) {
    replica.broken = true;
    throw error;
  }
  const transaction = replica.finished;
  replica.finished = null;
  replica.bytes += state.length;
  if (transaction !== null && !look(replica, transaction)) replica.broken = true;
}

export function settledYjs(replica: YjsReplica): boolean {
  return !replica.broken && replica.doc.store.pendingStructs === null && replica.doc.store.pendingDs === null;
}

/** Runs a local change as one transaction under a client id, which is given back afterwards whatever happens. */
export function transactAs(replica: YjsReplica, clientId: number, run: () => void): Y.Transaction {
  const { doc } = replica;
  doc.clientID = clientId;
  try {
    return doc.transact((transaction) => {
      run();
      return transaction;
    });
  } catch (error) {
    // A refused command wrote nothing; anything else may have left a change nobody journals.
    if (!(error instanceof CommandRefused)) replica.broken = true;
    throw error;
  } finally {
    doc.clientID = NOBODY;
  }
}

/** What a finished transaction added, as an update: the bytes of Yjs's own `update` event. Two bytes when it added nothing. */
export function writeTransaction(replica: YjsReplica, transaction: Y.Transaction): Uint8Array {
  const parts: Part[] = [];
  for (const [clientId, clock] of transaction.afterState) {
    const before = transaction.beforeState.get(clientId) ?? 0;
    if (clock > before) parts.push({ clientId, from: before, to: clock });
  }
  const deletes = new Map(
    [...transaction.deleteSet.clients].map(([clientId, items]) => [
      clientId,
      items.map((item): [number, number] => [item.clock, item.clock + item.len]),
    ]),
  );
  return writeUpdate(replica.doc, replica.names, parts, deletes);
}

export function addedNothing(transaction: Y.Transaction): boolean {
  if (transaction.deleteSet.clients.size > 0) return false;
  for (const [clientId, clock] of transaction.afterState) if (clock !== (transaction.beforeState.get(clientId) ?? 0)) return false;
  return true;
}

/** Looks at what is new: false when a type stands too deep; remembers lists that are no longer pure text. */
function look(replica: YjsReplica, transaction: Y.Transaction): boolean {
  for (const [clientId, clock] of transaction.afterState) {
    const before = transaction.beforeState.get(clientId) ?? 0;
    if (clock === before) continue;
    const structs = structsOf(replica.doc, clientId);
    for (let at = Y.findIndexSS(structs as Struct[], before); at < structs.length; at++) {
      const struct = structs[at] as Struct;
      if (!(struct instanceof Y.Item)) continue;
      if (isMixing(struct)) replica.mixed.set(struct.parent as Y.AbstractType<unknown>, true);
      if (struct.content instanceof Y.ContentType && depthOf(struct) > TYPE_DEPTH_MAX) return false;
    }
  }
  return true;
}

function isMixing(item: Y.Item): boolean {
  return item.parentSub === null && item.countable && !(item.content instanceof Y.ContentString);
}

/** True when Yjs counts more in this list than the characters it shows. */
export function isMixed(replica: YjsReplica, list: Y.AbstractType<unknown>): boolean {
  let mixed = replica.mixed.get(list);
  if (mixed === undefined) {
    mixed = false;
    for (let item = list._start; item !== null && !mixed; item = item.right) mixed = isMixing(item);
    replica.mixed.set(list, mixed);
  }
  return mixed;
}

function depthOf(item: Y.Item): number {
  let depth = 1;
  for (let parent = (item.parent as Y.AbstractType<unknown>)._item; parent !== null && depth <= TYPE_DEPTH_MAX; depth++) {
    parent = (parent.parent as Y.AbstractType<unknown>)._item;
  }
  return depth;
}
