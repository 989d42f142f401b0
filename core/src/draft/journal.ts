/** The draft journal (C17): a local edit's form at rest until it is numbered. Its commit is `kept`. */
import { changeToken } from '@leanvibe/protocol/change';
import { CHANGE_BYTES_MAX } from '@leanvibe/protocol/limits';
import { bytes, encode, optional, record, type TypeOf, uint } from '@leanvibe/protocol/shape';
import { decodeAtRest } from '../base/rest.js';

/** `token`: the robot it was written for (C46), which has a run of its own. `run` lets receivers recompute the client id (C21); another run of the program never reuses it for new edits. */
export const draft = record({
  clientId: [0, uint()],
  run: [1, bytes(16, 16)],
  update: [2, bytes(0, CHANGE_BYTES_MAX)],
  token: [3, optional(changeToken)],
});
export type Draft = TypeOf<typeof draft>;

export interface JournalledDraft extends Draft {
  /** Its record's key. */
  readonly key: string;
}

export function encodeDraft(value: Draft): Uint8Array {
  return encode(draft, value);
}

export function decodeDraft(key: string, value: Uint8Array): JournalledDraft {
  const read = decodeAtRest(draft, value, 'draft');
  return { ...read, update: read.update.slice(), run: read.run.slice(), key };
}
