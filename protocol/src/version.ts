/** The wire version and its history, one line each. A change of any shape needs a new line here. */

/** What this program speaks. */
export const WIRE_VERSION = 1;
/** The oldest it still understands. */
export const WIRE_VERSION_MIN = 1;
/** The version byte of sealed bytes; limits that decide verdicts are frozen per value. */
export const SEALED_VERSION = 1;

export const HISTORY: readonly string[] = [
  '1: first version',
  '1: links may drop quarantined changes',
  '1: a change may name the agent token it was written for; programs from before refuse such changes',
  '1: recovery by words: recover, challenge, prove, recovered',
  '1: invites to spaces: knock, door, waiting',
  '1: the home tells in a facts document which spaces a person is in',
  '1: checkpoints list the ids they cover and name chains, attestations name their document, both are signed',
  '1: checkpoints are carried deflated',
  '1: links tell where the mailboxes of a space are; programs from before refuse such links, and what cites one waits there',
  '1: the relay doorway: mailboxes, their keys, pipes',
  '1: past read keys are told with new ones',
  '1: what a relay holds is traced id by id, and devices tell each other what relays showed them: trace, traced, shown',
];
