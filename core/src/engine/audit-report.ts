/** What an audit says: per document what is recorded, what should be, and whether they agree. */
import type { ChangeId, DeviceId, DocumentId, EpochId, LinkId } from '@leanvibe/protocol/ids';

export interface AuditedChange {
  readonly change: ChangeId;
  readonly device: DeviceId;
  readonly verdict: string;
}

export interface AuditedDocument {
  readonly document: DocumentId;
  readonly changes: readonly AuditedChange[];
  /** Changes whose recorded verdict differs from a naive recomputation. */
  readonly wrongVerdicts: readonly ChangeId[];
  /** True when replaying the applied changes from nothing, and then the drafts, gives what is shown. */
  readonly sound: boolean;
  /** Two changes at one seq: the author's store was copied (C3). */
  readonly forks: readonly { readonly addedBy: LinkId; readonly seq: number }[];
  readonly drafts: number;
}

export interface Audit {
  readonly documents: readonly AuditedDocument[];
  /** Epochs whose author gave a secret to a device it knew removed (P5). Always empty. */
  readonly leakedEpochs: readonly EpochId[];
  /** Every epoch this device can read. */
  readonly epochs: readonly EpochId[];
}
