/** What indexing a folder answers: plain values that survive structured clone and JSON, apart from the opaque snapshot. */

export interface LanguageRow {
  /** As `cloc` names it. */
  readonly name: string;
  readonly files: number;
  readonly lines: number;
}

export type TodoTag = 'TODO' | 'FIXME' | 'XXX' | 'HACK';

export interface Todo {
  /** Relative to the project, `/` between folders; bytes that are not UTF-8 show as U+FFFD. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly tag: TodoTag;
  /** From the tag to the end of its line, at most 200 characters, no control characters. */
  readonly text: string;
}

export type ManifestKind = 'npm' | 'pip' | 'python' | 'cargo' | 'go' | 'bundler' | 'maven' | 'gradle' | 'composer' | 'swift' | 'pub';

export interface Manifest {
  readonly file: string;
  readonly kind: ManifestKind;
  readonly name: string | null;
  readonly version: string | null;
  /** How many dependencies it names, of every sort (development ones too), each name once. */
  readonly dependencies: number;
  /** The first 100 of their names, in the order of the file. */
  readonly dependencyNames: readonly string[];
  /** False when the file could not be understood; the other fields are then empty. */
  readonly readable: boolean;
}

export interface GitState {
  /** Null on a detached head. */
  readonly branch: string | null;
  /** Staged, unstaged or untracked changes under the project's folder; submodules are not looked into. */
  readonly dirty: boolean;
  /** Null before the first commit. */
  readonly head: string | null;
  /** Commits without parents, sorted; empty in a shallow clone, whose oldest commits are not roots. */
  readonly rootCommits: readonly string[];
  readonly shallow: boolean;
  /** `host/owner/name`: no scheme, user, password, port, query or `.git`; null for none and for local paths. */
  readonly remote: string | null;
  /** The project's folder inside the repository, `a/b/`, empty at its top. */
  readonly subfolder: string;
}

export type SkipReason = 'unreadable' | 'not-a-file' | 'name-too-long' | 'io-error';

export interface Skipped {
  readonly file: string;
  readonly reason: SkipReason;
}

export type Watching = 'events' | 'polling' | null;

export interface ProjectIndex {
  /** Absolute, links resolved. Never leaves this machine. */
  readonly path: string;
  /** The folder's own name. */
  readonly name: string;
  /** `git`: the files git tracks (mode 100…, each path once). `folder`: regular files not ignored. */
  readonly kind: 'git' | 'folder';
  readonly files: number;
  /** Bytes 0x0A in the text files: what `wc -l` answers. */
  readonly lines: number;
  /** Sizes of all files that are there, text or not. */
  readonly bytes: number;
  /** The language of most lines among programming languages, else null. */
  readonly language: string | null;
  readonly languages: readonly LanguageRow[];
  /** Text files of no known language. */
  readonly otherText: { readonly files: number; readonly lines: number };
  readonly binary: { readonly files: number; readonly bytes: number };
  readonly git: GitState | null;
  /** Lines holding a tag, all of them. */
  readonly todos: number;
  readonly todoList: readonly Todo[];
  readonly manifests: readonly Manifest[];
  /** The 20 largest files. */
  readonly largest: readonly { readonly file: string; readonly bytes: number }[];
  /** Tracked but gone from the working tree, the sparse ones not among them. In `files`, not in `lines` or `bytes`. */
  readonly missing: { readonly count: number; readonly list: readonly string[] };
  /** Tracked, and left out of the working tree on purpose (sparse checkout). */
  readonly sparse: number;
  /** Neither tracked nor ignored. Not in `files`. */
  readonly untracked: { readonly count: number; readonly list: readonly string[] };
  /** Never followed, not in `files`. */
  readonly symlinks: number;
  readonly submodules: number;
  /** FIFOs, sockets and devices met in a folder without git; never opened. */
  readonly special: number;
  /** Files whose name is not UTF-8; counted and read like the others. */
  readonly oddNames: number;
  /** Files too large to be searched for tags; their lines are counted all the same. */
  readonly notSearched: number;
  /** In `files` and could not be read. */
  readonly skipped: { readonly [reason in SkipReason]: number };
  readonly skippedList: readonly Skipped[];
  /** ISO 8601. */
  readonly indexedAt: string;
  readonly watching: Watching;
  /** Files read for this answer; the rest was known from before. */
  readonly filesRead: number;
  /** Opaque bytes that make the next scan quick; null where only single files were read again (the older one still serves). */
  readonly snapshot: Uint8Array | null;
}

export type IndexErrorCode =
  | 'not-found'
  | 'not-a-folder'
  | 'unreadable'
  | 'bare-repository'
  | 'inside-git-folder'
  | 'broken-repository'
  | 'not-trusted'
  | 'git-missing'
  | 'git-too-old'
  | 'git-failed'
  | 'too-many-files'
  | 'cancelled'
  | 'worker-failed';

export interface IndexError {
  readonly code: IndexErrorCode;
  /** What failed, for people; may name the folder. */
  readonly message: string;
  /** The one next thing to try; null where there is none. */
  readonly fix: string | null;
}

export interface IndexProgress {
  readonly done: number;
  readonly total: number;
}
