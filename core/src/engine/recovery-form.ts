/** Recovery by words as a shell sees it (C43). */
import type { DeviceId, PersonId, SpaceId } from '@leanvibe/protocol/ids';
import type { Result } from '../base/result.js';
import type { Channel } from '../ports/channel.js';
import type { WordsProblem } from '../recovery/words.js';

/** Twenty-four words as they were made. They exist nowhere else: whoever has them reads everything they cover. */
export interface FreshWords {
  readonly words: readonly string[];
  readonly set: RecoverySet;
}

/** One set of words: never the words, only the paper device they stand for. */
export interface RecoverySet {
  readonly device: DeviceId;
  readonly createdMs: number;
  /** The device they were made on. */
  readonly createdBy: DeviceId;
  /** False once they were revoked. */
  readonly live: boolean;
  /** Every space this person is in: what these words open, and what they do not yet. */
  readonly spaces: readonly { readonly space: SpaceId; readonly covered: boolean }[];
  /** Devices that these words let in. */
  readonly usedBy: readonly DeviceId[];
}

export type WordsCheck =
  | { readonly state: 'live' | 'revoked'; readonly person: PersonId; readonly set: RecoverySet }
  /** Right words, and nothing this device knows of. */
  | { readonly state: 'unknown'; readonly device: DeviceId };

/** `words`: what was typed is not twenty-four right words. */
export type RecoveryFailure =
  | { readonly code: 'words'; readonly problem: WordsProblem }
  | { readonly code: 'refused'; readonly message: string };

export interface Restored {
  /** False when nobody who helped knows this person's home: the home this device was born with goes on. */
  readonly home: boolean;
  readonly spaces: readonly SpaceId[];
  /** Spaces that were handed over and did not hold what was said of them, or did not come in. */
  readonly failed: readonly { readonly space: SpaceId; readonly why: 'unproved' | 'revoked' | 'not-admitted' }[];
}

export interface RestoreProgress {
  /** Spaces handed over, and those whose links have come in and hold. */
  readonly spaces: number;
  readonly ready: number;
  readonly entries: number;
}

/** One restoring; it holds the words' keys, in memory only, until `end`. */
export interface Restoring {
  /** The paper device. */
  readonly device: DeviceId;
  /** Asks a device over a channel dialled to its recovery protocol; answers how many spaces it handed over. Sync with it brings the rest. */
  ask(channel: Channel): Promise<Result<number, string>>;
  /** Resolves once every space handed over has come in and this device is in it, or nothing more comes. Nothing is registered before. */
  enter(onProgress: (progress: RestoreProgress) => void): Promise<Result<Restored, string>>;
  /** Forgets the keys; a restoring that had not entered has changed nothing. */
  end(): void;
}

export interface Recovery {
  /** Makes words and admits what they stand for to the home and to every space this person is in. */
  create(): Promise<Result<FreshWords, string>>;
  /** Newest first. */
  sets(): Promise<readonly RecoverySet[]>;
  check(text: string): Promise<Result<WordsCheck, WordsProblem>>;
  /** Lets the words open spaces that came after them. */
  extend(text: string): Promise<Result<RecoverySet, RecoveryFailure>>;
  /** Somebody dialled the recovery protocol. */
  serve(channel: Channel): void;
  /** Into a device without data of its own; one at a time. */
  restore(text: string): Promise<Result<Restoring, RecoveryFailure>>;
}
