/** Answers made of no other answers: see views.ts. Times are ISO 8601 in UTC, sizes bytes. */

export interface LanguageView {
  readonly name: string;
  readonly files: number;
  readonly lines: number;
}

export interface GitView {
  readonly branch: string | null;
  readonly dirty: boolean;
}

export interface FileLine {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

export interface ActivityView {
  readonly at: string;
  readonly by: string;
  readonly kind: string;
  readonly text: string;
}

export interface IndexProgress {
  readonly phase: 'listing' | 'reading' | 'saving';
  readonly done: number;
  readonly total: number;
}

export interface NoteView {
  readonly text: string;
}

export interface LoopLag {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface PathsView {
  readonly home: string;
  readonly store: string;
  readonly config: string;
  readonly logs: string;
  readonly secrets: string;
  readonly token: string;
}

export interface IdView {
  readonly deviceId: string;
  readonly name: string;
  /** The person's id, and what people in shared spaces call them. */
  readonly person: string;
  readonly personName: string;
  readonly space: string;
  readonly version: string;
  readonly protocol: number;
  /** Four short words to compare by eye. */
  readonly words: string;
}

export interface VerifyView {
  readonly entries: number;
  readonly bytes: number;
  /** Drafts, keys, verdicts, names: everything that is kept beside the entries. */
  readonly records: number;
  readonly recordBytes: number;
  readonly damaged: readonly string[];
}

export interface VerifyProgress {
  readonly done: number;
  readonly total: number;
}

export interface WrittenView {
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
}

export interface BackupView extends WrittenView {
  readonly entries: number;
  /** Entries that are damaged here and are not in it. */
  readonly missing: number;
  /** What `devices` calls the key that this backup holds: whoever revokes it makes the backup useless. */
  readonly device: string;
}

export interface TrashView {
  readonly id: string;
  readonly kind: 'task' | 'note';
  readonly project: string;
  readonly title: string;
  readonly deletedAt: string;
  readonly deletedBy: string;
}

export interface AlarmView {
  readonly alarm: string;
  readonly message: string;
  readonly at: string;
}
