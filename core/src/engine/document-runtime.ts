/** What the engine asks of one document, and what a document asks of its space. */
import type { ChangeToken, CrdtKind } from '@leanvibe/protocol/change';
import type { ChangeId, DeviceId, DocumentId, SpaceId } from '@leanvibe/protocol/ids';
import type { Edited, Json, Replicas } from '../doc/crdt.js';
import type { JournalledDraft } from '../draft/journal.js';
import type { GroupView } from '../intake/group-view.js';
import type { Judge, JudgeDeps } from '../intake/judge.js';
import type { ChangeRow } from '../intake/row.js';
import type { Verdict } from '../intake/verdict.js';
import type { Vault } from '../keys/local.js';
import type { Clock } from '../ports/clock.js';
import type { Batch } from '../ports/store.js';
import type { Put } from './put-off.js';

export interface DocumentDeps extends JudgeDeps {
  readonly clock: Clock;
  readonly vault: Vault;
  readonly replicas: Replicas;
  readonly self: DeviceId;
  readonly space: SpaceId;
  readonly group: (document: DocumentId) => GroupView;
  /** The payload of a row, opened from its entry; null when its bytes are missing here. */
  readonly payload: (row: Pick<ChangeRow, 'id' | 'entry'>) => Promise<Uint8Array | null>;
  /** Records that may be written with the next commit: losing them costs a recomputation only. */
  readonly later: (puts: readonly Put[], removes?: NonNullable<Batch['remove']>) => void;
  /** Durable now, with everything that was put off. */
  readonly commit: (batch: Batch) => Promise<unknown>;
  readonly changed: (document: DocumentId) => void;
  /** A change took too long to read here: try again later. */
  readonly held: (document: DocumentId, change: ChangeId) => void;
  /** C44: a peer holds a change of ours that we do not know: this store is an older copy, or another copy of it writes. */
  readonly cloned: () => void;
  /** A verdict that was not on record: what waits, was refused or set aside is followed up. */
  readonly judged: (document: DocumentId, row: ChangeRow, verdict: Verdict) => void;
}

/** An authentic row and its payload, which is needed if the replica is open. */
export interface Arrival {
  readonly row: ChangeRow;
  readonly payload: Uint8Array;
  /** The peer that handed it to us. */
  readonly from: DeviceId | null;
}

export interface Run {
  readonly clientId: number;
  readonly run: Uint8Array;
  /** The robot that writes with it; null for the device's own person (C46). */
  readonly token: ChangeToken | null;
}

export interface DocumentRuntime {
  readonly id: DocumentId;
  readonly kind: CrdtKind;
  /** Something was written to it here in this run; one that was only looked at need not be anywhere. */
  exists(): boolean;
  /** Runs alone on this document. */
  exclusive<T>(task: (open: OpenDocument) => Promise<T>): Promise<T>;
  /** Takes authentic rows from intake: judges, records, applies. */
  take(arrivals: readonly Arrival[]): Promise<void>;
  /** Looks again at changes that took too long here (C10); true when some still do. */
  retryHeld(): Promise<boolean>;
  /** Membership grew: judge anew, rebuild if a verdict was lost. */
  regroup(): Promise<void>;
  view(query: Json): Promise<Json>;
  canonical(): Promise<Uint8Array>;
  drafts(): Promise<number>;
  /** Writes the state cache when it is due or `force`, closes the replica, forgets the judge. */
  unload(): Promise<void>;
  judge(): Promise<Judge>;
  /** Rows, the verdicts on record, and drafts: for an audit. */
  recorded(): Promise<{
    readonly rows: readonly ChangeRow[];
    readonly verdicts: ReadonlyMap<ChangeId, string>;
    readonly drafts: readonly Uint8Array[];
  }>;
}

/** What a task that runs alone may do. */
export interface OpenDocument {
  judge(): Promise<Judge>;
  drafts(): Promise<readonly JournalledDraft[]>;
  /** Runs commands in order; each succeeds or fails by itself. */
  edit(run: Run, commands: readonly Json[]): Promise<readonly PromiseSettledResult<Edited>[]>;
  /** False when some drafts do not fit what is here: their client ids must not be written with any more. */
  fits(): Promise<boolean>;
  /** One payload for several updates of one client id. */
  merge(clientId: number, updates: readonly Uint8Array[]): Promise<Uint8Array>;
  /** Durable: the edits are kept. */
  keep(run: Run, updates: readonly Uint8Array[]): Promise<void>;
  /** After a failed commit the replica holds what the disk does not: drop it. */
  discard(): Promise<void>;
  /** Records of rows of our own, each on top of the one before, to be committed with their entries; `adopt` each after the commit. `bytes`: of its payload. */
  recordsOf(rows: readonly { readonly row: ChangeRow; readonly bytes: number }[]): readonly Put[];
  adopt(row: ChangeRow, drafts: readonly JournalledDraft[]): Promise<string>;
  /** Drops drafts that are changes already. */
  forget(drafts: readonly JournalledDraft[]): Promise<void>;
}
