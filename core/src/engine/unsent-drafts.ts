/** What a shell may ask of edits that are on this device only, and what it is told. */
import type { CrdtKind } from '@leanvibe/protocol/change';
import type { DocumentId, SpaceId } from '@leanvibe/protocol/ids';
import type { Result } from '../base/result.js';
import type { Difference } from '../doc/product/difference.js';

export interface UnsentDocument {
  readonly document: DocumentId;
  readonly kind: CrdtKind;
  /** Journalled edits that are no changes yet. */
  readonly drafts: number;
  /** Changes made here that no live peer is known to hold. */
  readonly changes: number;
}

export interface UnsentShown extends UnsentDocument {
  /** From what others may have to what is shown here. */
  readonly difference: Difference;
  /** They change something that no words here are for. */
  readonly other: boolean;
}

export interface Unsent {
  list(space: SpaceId): Promise<readonly UnsentDocument[]>;
  show(space: SpaceId, document: DocumentId): Promise<Result<UnsentShown, string>>;
}
