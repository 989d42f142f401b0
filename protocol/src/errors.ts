/** Every reason bytes, entries or peers are refused: a code to count, words for here, and what the other side may be told. */

export interface Refusal {
  /** For the person at this device. */
  readonly here: string;
  /** For the other side; says no more than it already knows. */
  readonly there: string;
}

export const REFUSALS = {
  malformed: { here: 'bytes that do not follow the protocol', there: 'malformed' },
  'frame-size': { here: 'a frame larger than 1 MiB', there: 'too large' },
  'entry-size': { here: 'an entry outside its size limits', there: 'too large' },
  'entry-version': { here: 'an entry sealed by a newer program: update this one', there: 'unknown version' },
  'entry-kind': { here: 'an entry of an unknown kind', there: 'unknown kind' },
  'entry-lane': { here: 'an entry in the wrong lane', there: 'wrong lane' },
  seal: { here: 'an entry that does not open under its own epoch', there: 'not accepted' },
  signature: { here: 'an entry whose signature is wrong', there: 'not accepted' },
  'wrong-space': { here: 'an entry written for another space', there: 'not accepted' },
  chain: { here: 'a change that does not continue its chain', there: 'not accepted' },
  'not-editor': { here: 'a change by a device that may not write', there: 'not accepted' },
  'bad-claim': { here: 'a change that claims a client id wrongly', there: 'not accepted' },
  'bad-struct': { here: 'a change that writes outside its own history', there: 'not accepted' },
  'bad-payload': { here: 'a change whose content cannot be read', there: 'not accepted' },
  'over-limit': { here: 'a change over a fixed limit', there: 'not accepted' },
  'bad-link': { here: 'a membership link that does not follow the rules', there: 'not accepted' },
  'bad-announcement': { here: 'an epoch announcement that does not verify', there: 'not accepted' },
  'unknown-crdt': { here: 'a change of a kind this program does not know', there: 'not accepted' },
  'not-matched': { here: 'a message about a space that was not matched', there: 'not matched' },
  'not-accepted-from': { here: 'entries from a device that was removed', there: 'revoked' },
  credit: { here: 'a peer that sends more than it may', there: 'too fast' },
  version: { here: 'a peer that speaks another version', there: 'version' },
  'pairing-proof': { here: 'a pairing attempt with a wrong proof', there: 'refused' },
  'pairing-expired': { here: 'a pairing attempt with an old or used code', there: 'refused' },
  'pairing-rate': { here: 'too many pairing attempts', there: 'refused' },
  'invite-proof': { here: 'a knock with an unknown invite or a wrong proof', there: 'refused' },
  'invite-expired': { here: 'a knock with an invite that is out of date', there: 'the invite is out of date' },
  'invite-used': { here: 'a knock with an invite that was used up', there: 'the invite was used already' },
  'invite-over': { here: 'a knock with an invite that was taken back', there: 'the invite was taken back' },
  'invite-denied': { here: 'a knock by somebody who was turned away', there: 'turned away' },
  'invite-busy': { here: 'more people at one invite than can wait', there: 'too many are waiting' },
  recovery: { here: 'a try to recover with words that count for nothing here', there: 'refused' },
  'rolled-back': { here: 'a peer that lost entries it had', there: 'rolled back' },
  held: { here: 'a change that took too long to read here', there: 'held' },
} as const satisfies Readonly<Record<string, Refusal>>;

export type RefusalReason = keyof typeof REFUSALS;
