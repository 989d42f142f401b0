/** Answers made of no other answers: see views.ts. Times are ISO 8601 in UTC, sizes bytes. */

export type { RelayRow } from './relay-views.js';

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

/** What a token is, without its secret. */
export interface TokenView {
  readonly id: string;
  readonly name: string;
  /** `copied`: ended because this home turned out to be an older or second copy of itself. */
  readonly state: 'live' | 'expired' | 'revoked' | 'copied';
  readonly role: 'viewer' | 'editor';
  /** The space's id. */
  readonly space: string;
  /** `webapp`, `webapp:tasks`, `all`. */
  readonly documents: readonly string[];
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly endedAt: string | null;
  /** Within a minute of the truth when the agent ended in a hurry. */
  readonly lastUsedAt: string | null;
  /** Writes it began. */
  readonly acts: number;
}

/** The one time its secret is told. */
export interface MadeToken {
  readonly token: TokenView;
  readonly secret: string;
}

export interface TokenLogView {
  readonly token: TokenView;
  /** What it asked of this agent, the newest first; the last thousand. `outcome`: `done`, a refusal's code, or `begun` where the agent ended before the deed did. */
  readonly acts: readonly {
    readonly at: string;
    readonly method: string;
    readonly project: string;
    readonly item: string | null;
    readonly outcome: string;
  }[];
  /** The signed changes that name it, and drafts that will (their `change` is null). `state`: their verdict, or `draft`. */
  readonly changes: readonly {
    readonly document: string;
    readonly project: string | null;
    readonly change: string | null;
    readonly device: string;
    readonly state: string;
  }[];
}

export interface AlarmView {
  readonly alarm: string;
  readonly message: string;
  readonly at: string;
  /** The origin of the relay it is about. */
  readonly relay?: string;
}
