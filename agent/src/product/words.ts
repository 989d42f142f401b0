/** Fixed words of documents and verdicts, said plainly. */
import type { QuarantinedSet } from '@leanvibe/core/engine/quarantine-sets';
import type { WhyRow } from '@leanvibe/core/engine/api';

const REASONS: Readonly<Record<string, string>> = {
  'key-missing': 'sealed with a key this device was not given yet',
  'dependency-missing': 'builds on a change that has not arrived yet',
  'membership-missing': 'made under a membership this device has not heard of yet',
  removed: 'made by a device after it was removed: kept aside, not shown; see leanvibe quarantine',
  'frontier-missing': 'whether it came before a removal cannot be told yet',
  depends: 'builds on changes that are kept aside; see leanvibe quarantine',
  fork: 'another copy of the same device wrote in the same place: kept aside; see leanvibe quarantine',
  'unknown-signer': 'signed by a device that no list of members names',
  'nobody-connected': 'saved here; no other device is reachable',
  'not-offered-yet': 'saved here, about to be sent',
  cloned: 'kept here: this home is an older or second copy; run leanvibe devices continue, only if the other copy is gone',
  'not-editor': 'this device may not write here any more; leanvibe unsent save <file> keeps these words for another one',
  forked: 'two copies of this device wrote at once, so it is shut out; leanvibe unsent save <file> keeps these words',
  'over-limit': 'larger than any device accepts',
  slow: 'took too long to read here: it is tried again',
  'not-attested': 'unverified: shown from a checkpoint that no other device has confirmed yet',
  disputed: 'unverified: a device that holds the changes denies a checkpoint of this document; nothing is dropped by it',
};

export function detailOf({ state, reason, count }: Pick<WhyRow, 'state' | 'reason' | 'count'>): string {
  if (state === 'in-step') return 'this device has everything it heard of';
  const what = REASONS[reason] ?? `not accepted (${reason})`;
  return count > 1 ? `${count} changes: ${what}` : what;
}

const ASIDE: Readonly<Record<keyof QuarantinedSet['reasons'], string>> = {
  removed: 'written by a device that had been removed, or might no longer write',
  'frontier-missing': 'whether it came before a removal cannot be told yet',
  depends: 'builds on changes that are set aside',
  fork: 'another copy of the same device wrote in the same place, and that one stands',
};

/** Why changes stand aside, the commonest reason first. */
export function asideDetail(reasons: QuarantinedSet['reasons']): string {
  const told = Object.entries(reasons).sort(([, a], [, b]) => b - a);
  return told.map(([reason]) => ASIDE[reason as keyof QuarantinedSet['reasons']]).join('; ');
}
