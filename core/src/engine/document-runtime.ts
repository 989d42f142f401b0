/** What the engine asks of one document. */
import type { ChangeToken, CrdtKind } from '@leanvibe/protocol/change';
import type { ChangeId, DeviceId, DocumentId } from '@leanvibe/protocol/ids';
import type { Edited, Json } from '../doc/crdt.js';
import type { JournalledDraft } from '../draft/journal.js';
import type { Base } from '../intake/base.js';
import type { Judge } from '../intake/judge.js';
import type { ChangeRow } from '../intake/row.js';
import type { DocumentCheckpoints } from './document-checkpoints.js';
import type { Put } from './put-off.js';
import type { KnownCheckpoint } from './space-checkpoints.js';

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
  /** Membership grew: judge anew, rebuild if a verdict was lost; true when some still wait for links. */
  regroup(): Promise<boolean>;
  view(query: Json): Promise<Json>;
  canonical(): Promise<Uint8Array>;
  drafts(): Promise<number>;
  /** Writes the state cache when it is due or `force`, closes the replica, forgets the judge. */
  unload(): Promise<void>;
  judge(): Promise<Judge>;
  /** Shown for want of the changes it covers, though nobody attested it (C36). */
  provisional(): KnownCheckpoint | null;
  /** Bytes of the changes applied since the last checkpoint. */
  tailBytes(): Promise<number>;
  /** What it starts from, rows, the verdicts on record, and drafts: for an audit. */
  recorded(): Promise<{
    readonly base: Base | null;
    readonly states: readonly Uint8Array[];
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
  readonly checkpoints: DocumentCheckpoints;
  /** Drops drafts that are changes already. */
  forget(drafts: readonly JournalledDraft[]): Promise<void>;
}
