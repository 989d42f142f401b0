/** What the judge asks of membership. The resolver answers; a simulation may answer from a table. */
import type { ChangeId, DeviceId, LinkId } from '@leanvibe/protocol/ids';

/** A removal, demotion or fork proof against one chain (C5, C9). */
export interface Removal {
  readonly by: LinkId;
  /** The chain's last accepted seq in this document by the removal's frontier: 0 = none of it; null = the attachment is missing here. */
  readonly frontierSeq: number | null;
}

export interface GroupView {
  /** True when every head is a link this device holds with all its ancestors. */
  knows(heads: readonly LinkId[]): boolean;
  /** Was this device, as added by that link, a live editor or above in the closure of these heads? */
  mayWrite(heads: readonly LinkId[], device: DeviceId, addedBy: LinkId): boolean;
  /** Is the link among the heads or their ancestors? */
  includes(heads: readonly LinkId[], link: LinkId): boolean;
  /** Removals of a chain by everything known now; empty for a live one. */
  removals(addedBy: LinkId): readonly Removal[];
  /** Named by a valid accept link (C9). */
  accepted(change: ChangeId): boolean;
}
