/** What a document asks of its space. */
import type { ChangeId, DeviceId, DocumentId, SpaceId } from '@leanvibe/protocol/ids';
import type { Replicas } from '../doc/crdt.js';
import type { GroupView } from '../intake/group-view.js';
import type { JudgeDeps } from '../intake/judge.js';
import type { ChangeRow } from '../intake/row.js';
import type { Verdict } from '../intake/verdict.js';
import type { Vault } from '../keys/local.js';
import type { Clock } from '../ports/clock.js';
import type { Batch } from '../ports/store.js';
import type { StoredPayload } from './payload.js';
import type { Put } from './put-off.js';
import type { SpaceCheckpoints } from './space-checkpoints.js';

export interface DocumentDeps extends JudgeDeps {
  readonly clock: Clock;
  readonly vault: Vault;
  readonly replicas: Replicas;
  readonly self: DeviceId;
  readonly space: SpaceId;
  readonly group: (document: DocumentId) => GroupView;
  /** The payload of a row, opened from its entry; null when its bytes are missing here. */
  readonly payload: (row: Pick<ChangeRow, 'id' | 'entry'>) => Promise<Uint8Array | null>;
  /** With the parts it came in. */
  readonly stored: (row: Pick<ChangeRow, 'id' | 'entry'>) => Promise<StoredPayload | null>;
  readonly checkpoints: SpaceCheckpoints;
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
