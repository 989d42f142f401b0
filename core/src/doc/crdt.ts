/** What the engine needs of a CRDT: bounded inspection of hostile bytes, rules by causal closure, apply, local edits, views. Pure. */
import type { CrdtKind } from '@leanvibe/protocol/change';
import type { DeviceId, DocumentId } from '@leanvibe/protocol/ids';
import type { Result } from '../base/result.js';

/** JSON as commands and views carry it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** One client id's part in a payload. For facts and the model there are none. */
export interface ClientSpan {
  readonly clientId: number;
  /** The clock of the first struct this payload carries for the client. */
  readonly clockStart: number;
  /** One past the last. */
  readonly clockEnd: number;
}

/** What hostile bytes say of themselves, learned without applying them; small, plain and structured-cloneable. */
export interface Inspection {
  readonly writes: readonly ClientSpan[];
  /** Per client id, the highest clock (exclusive) that any origin, parent, right origin or delete range refers to. */
  readonly reads: readonly { readonly clientId: number; readonly clockEnd: number }[];
  readonly structs: number;
}

/** `malformed` refuses; `over-limit` voids (the chain goes on past it). Both depend on the bytes alone. */
export type InspectFailure = 'malformed' | 'over-limit';

/** What a change's causal closure (its dependencies and its own chain) holds, per client id. */
export interface Closure {
  /** One past the last clock of the client in the closure; 0 when the closure knows nothing of it. */
  clockEnd(clientId: number): number;
  /** True when the client id belongs to the author's own chain, claimed by it before or by this very change. */
  owned(clientId: number): boolean;
}

export interface Edited {
  /** The update to journal: what this edit adds. Empty when the command changed nothing. */
  readonly update: Uint8Array;
  /** The command's answer, for the caller. */
  readonly answer: Json;
}

/** A document's live state. Opaque outside its own CRDT. */
export interface Crdt<Replica> {
  readonly kind: CrdtKind;
  create(): Replica;
  /** Bounded by bytes, structs, depth and clock gap; never loops or throws on hostile bytes. */
  inspect(payload: Uint8Array): Result<Inspection, InspectFailure>;
  /** C20: may this payload, by this author, be applied on top of its closure? Deterministic. */
  admit(inspection: Inspection, closure: Closure): Result<null, 'bad-struct' | 'bad-claim'>;
  /** Applies an admitted payload whose closure has been applied. Idempotent. `author` is the device that signed it. */
  apply(replica: Replica, payload: Uint8Array, author: DeviceId): void;
  /** True when nothing waits for something that never came; false means `apply` was given what `admit` must refuse. */
  settled(replica: Replica): boolean;
  /** Runs a local command with this client id; the replica is changed already when it returns. Throws `CommandRefused` on a bad command. */
  edit(replica: Replica, clientId: number, author: DeviceId, command: Json): Edited;
  /** C17: one payload for the drafts made with this client id on this replica, which holds them already. */
  merge(replica: Replica, clientId: number, drafts: readonly Uint8Array[]): Uint8Array;
  /** A read model by name: `view(replica, {type: 'tasks'})`. Throws `CommandRefused` on an unknown query. */
  view(replica: Replica, query: Json): Json;
  /** C24: equal states give equal bytes. */
  canonical(replica: Replica): Uint8Array;
  save(replica: Replica): Uint8Array;
  /** A saved state of this device's own. */
  load(state: Uint8Array): Replica;
  /** What a saved state of somebody else says of itself (C35): bounded as payloads are; `writes` start at 0. */
  inspectState(state: Uint8Array): Result<Inspection, InspectFailure>;
  /** Takes in an inspected state beside what is here; `settled` then tells whether it was one. Idempotent. */
  join(replica: Replica, state: Uint8Array): void;
  /** Rough bytes of memory, for bounds. */
  weight(replica: Replica): number;
}

/** A command or query a person or program got wrong: `message` is plain words, safe to show. */
export class CommandRefused extends Error {
  override readonly name = 'CommandRefused';
}

/** Where a document's replica lives: in process, or in a worker that can be terminated (C23). All calls for one document run in order. */
export interface Replicas {
  /** Bounded inspection; `held` when the worker was terminated over it. `as`: a change's payload when absent, or a whole state. */
  inspect(kind: CrdtKind, payload: Uint8Array, as?: 'state'): Promise<Result<Inspection, InspectFailure | 'held'>>;
  /** Opens a document from a saved state (or empty); a second open of the same document is an error. */
  open(document: DocumentId, kind: CrdtKind, state: Uint8Array | null): Promise<void>;
  isOpen(document: DocumentId): boolean;
  /**
   * Applies admitted payloads in order; on failure `heldAt` is the index of the one at fault: the replica is closed then and must be opened
   * again without it. `budget`: it took too long or too much memory here. `unsettled`: it broke a rule that only its application shows
   * (something stays pending, types nest too deep, the CRDT itself threw), alike on every device. Without an author it is a whole state to join.
   */
  apply(
    document: DocumentId,
    changes: readonly { readonly payload: Uint8Array; readonly author: DeviceId | null }[],
  ): Promise<Result<null, { readonly heldAt: number; readonly reason: 'budget' | 'unsettled' }>>;
  edit(document: DocumentId, clientId: number, author: DeviceId, command: Json): Promise<Edited>;
  merge(document: DocumentId, clientId: number, drafts: readonly Uint8Array[]): Promise<Uint8Array>;
  view(document: DocumentId, query: Json): Promise<Json>;
  canonical(document: DocumentId): Promise<Uint8Array>;
  save(document: DocumentId): Promise<Uint8Array>;
  close(document: DocumentId): Promise<void>;
  /** Called when a worker died and took these documents with it. */
  onLost(callback: (documents: readonly DocumentId[]) => void): () => void;
  stop(): Promise<void>;
}

export interface ReplicasDep {
  readonly replicas: Replicas;
}
