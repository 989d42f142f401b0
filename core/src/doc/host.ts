/** Open documents and what may be asked of them, synchronously: the same code in the main thread and in a worker. */
import type { CrdtKind } from '@leanvibe/protocol/change';
import type { DeviceId, DocumentId } from '@leanvibe/protocol/ids';
import { err, ok, type Result } from '../base/result.js';
import type { Edited, Inspection, InspectFailure, Json } from './crdt.js';
import type { AnyCrdt, Crdts } from './registry.js';

/** A call on a document that is not open, or whose replica was lost meanwhile: open it and call again. */
export class ReplicaClosed extends Error {
  override readonly name = 'ReplicaClosed';
}

export interface AuthoredPayload {
  readonly payload: Uint8Array;
  /** Null: the payload is a whole state. */
  readonly author: DeviceId | null;
}

export interface ReplicaHost {
  inspect(kind: CrdtKind, payload: Uint8Array, as?: 'state'): Result<Inspection, InspectFailure>;
  open(document: DocumentId, kind: CrdtKind, state: Uint8Array | null): void;
  isOpen(document: DocumentId): boolean;
  /** Applies payloads from index `from`, telling each index before it starts; answers the index of one that left the replica unsettled, which closes it. */
  apply(document: DocumentId, changes: readonly AuthoredPayload[], starting: (index: number) => void): Result<null, number>;
  edit(document: DocumentId, clientId: number, author: DeviceId, command: Json): Edited;
  merge(document: DocumentId, clientId: number, drafts: readonly Uint8Array[]): Uint8Array;
  view(document: DocumentId, query: Json): Json;
  canonical(document: DocumentId): Uint8Array;
  save(document: DocumentId): Uint8Array;
  close(document: DocumentId): void;
}

export function createReplicaHost(crdts: Crdts): ReplicaHost {
  const openDocuments = new Map<DocumentId, { readonly crdt: AnyCrdt; readonly replica: unknown }>();
  const crdtOf = (kind: CrdtKind): AnyCrdt => {
    const crdt = crdts(kind);
    if (crdt === null) throw new Error(`this program does not know documents of kind ${kind}`);
    return crdt;
  };
  const find = (document: DocumentId): { readonly crdt: AnyCrdt; readonly replica: unknown } => {
    const found = openDocuments.get(document);
    if (found === undefined) throw new ReplicaClosed('the document is not open');
    return found;
  };
  return {
    inspect: (kind, payload, as) => (as === 'state' ? crdtOf(kind).inspectState(payload) : crdtOf(kind).inspect(payload)),
    open(document, kind, state) {
      if (openDocuments.has(document)) throw new Error('the document is open already');
      const crdt = crdtOf(kind);
      openDocuments.set(document, { crdt, replica: state === null ? crdt.create() : crdt.load(state) });
    },
    isOpen: (document) => openDocuments.has(document),
    apply(document, changes, starting) {
      const { crdt, replica } = find(document);
      for (const [index, change] of changes.entries()) {
        starting(index);
        if (applyOne(crdt, replica, change)) continue;
        openDocuments.delete(document);
        return err(index);
      }
      return ok(null);
    },
    edit(document, clientId, author, command) {
      const { crdt, replica } = find(document);
      try {
        return crdt.edit(replica, clientId, author, command);
      } finally {
        // An edit that failed half way left something nobody journals; better no replica than that one.
        if (!crdt.settled(replica)) openDocuments.delete(document);
      }
    },
    merge(document, clientId, drafts) {
      const { crdt, replica } = find(document);
      return crdt.merge(replica, clientId, drafts);
    },
    view(document, query) {
      const { crdt, replica } = find(document);
      return crdt.view(replica, query);
    },
    canonical(document) {
      const { crdt, replica } = find(document);
      return crdt.canonical(replica);
    },
    save(document) {
      const { crdt, replica } = find(document);
      return crdt.save(replica);
    },
    close: (document) => void openDocuments.delete(document),
  };
}

/** False when the payload should never have been admitted. Which error a CRDT library throws then says nothing more. */
function applyOne(crdt: AnyCrdt, replica: unknown, change: AuthoredPayload): boolean {
  try {
    if (change.author === null) crdt.join(replica, change.payload);
    else crdt.apply(replica, change.payload, change.author);
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
  return crdt.settled(replica);
}
