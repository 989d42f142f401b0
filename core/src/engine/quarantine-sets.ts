/** What a shell may ask of quarantine (C9, G23), and what it is told. */
import type { ChangeId, DeviceId, DocumentId, SpaceId } from '@leanvibe/protocol/ids';
import type { Result } from '../base/result.js';
import type { Difference } from '../doc/product/difference.js';
import type { QuarantineReason } from '../intake/verdict.js';

/** What one device wrote in one document that stands aside. */
export interface QuarantinedSet {
  /** The same on every device, from document and author. */
  readonly id: string;
  readonly space: SpaceId;
  readonly document: DocumentId;
  readonly device: DeviceId;
  /** Those that somebody may still decide about, in causal order. */
  readonly changes: readonly ChangeId[];
  /** Those an admin has dropped. */
  readonly dropped: readonly ChangeId[];
  readonly reasons: Readonly<Partial<Record<QuarantineReason, number>>>;
  /** When the first fell to quarantine here, by this device's clock. */
  readonly sinceMs: number | null;
  /** Changes of other authors, quarantined too, that would come along. */
  readonly needs: readonly { readonly device: DeviceId; readonly count: number }[];
}

export interface QuarantineShown extends QuarantinedSet {
  readonly difference: Difference;
  /** They change something that no words here are for, in a document of another program. */
  readonly other: boolean;
}

export interface Decided {
  /** Changes named by the links written. */
  readonly changes: number;
  /** Documents whose content they concern. */
  readonly documents: readonly DocumentId[];
}

export interface Quarantine {
  /** `all`: dropped ones too. */
  list(space: SpaceId, all?: boolean): Promise<readonly QuarantinedSet[]>;
  show(space: SpaceId, id: string): Promise<Result<QuarantineShown, string>>;
  /** With all they stand on; durable when it resolves, and every device that hears of it shows them. */
  accept(space: SpaceId, ids: readonly string[]): Promise<Result<Decided, string>>;
  /** Settles them without a trace in any document; they can be accepted later. */
  drop(space: SpaceId, ids: readonly string[]): Promise<Result<Decided, string>>;
  /** Null when this device may decide; otherwise why not. */
  hindered(space: SpaceId): string | null;
}
