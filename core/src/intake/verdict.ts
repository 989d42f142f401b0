/** Verdicts (C10): what a device concludes of a change. A function of entries and links, never of their order of arrival. */

export type WaitReason = 'dependency' | 'membership';
/** `fork`: another branch of the same copied device wrote the same clocks and stays. */
export type QuarantineReason = 'removed' | 'frontier-missing' | 'depends' | 'fork';
export type ChangeRefusal = 'chain' | 'not-editor' | 'bad-claim' | 'bad-struct' | 'bad-payload' | 'unknown-crdt';

export type Verdict =
  | { readonly state: 'applied' }
  | { readonly state: 'waiting'; readonly reason: WaitReason }
  | { readonly state: 'held' }
  | { readonly state: 'void' }
  | { readonly state: 'quarantined'; readonly reason: QuarantineReason }
  | { readonly state: 'refused'; readonly reason: ChangeRefusal }
  /** Held in a checkpoint one trusts. */
  | { readonly state: 'covered' };

export const APPLIED: Verdict = { state: 'applied' };
export const HELD: Verdict = { state: 'held' };
export const VOID: Verdict = { state: 'void' };
export const COVERED: Verdict = { state: 'covered' };
export const waiting = (reason: WaitReason): Verdict => ({ state: 'waiting', reason });
export const quarantined = (reason: QuarantineReason): Verdict => ({ state: 'quarantined', reason });
export const refused = (reason: ChangeRefusal): Verdict => ({ state: 'refused', reason });

/** Compact words for records, `why` and traces. */
export function verdictText(verdict: Verdict): string {
  return 'reason' in verdict ? `${verdict.state}:${verdict.reason}` : verdict.state;
}
