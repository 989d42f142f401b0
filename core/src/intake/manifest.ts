/** What stands for a body too large for one entry (W11): the parts that hold it, and the author's signature. */
import type { ChangeId, EntryId, Hash } from '@leanvibe/protocol/ids';

export interface Manifest {
  readonly of: 'change' | 'checkpoint';
  readonly parts: readonly EntryId[];
  readonly bytes: number;
  readonly id: ChangeId | Hash;
  readonly signature: Uint8Array;
}
