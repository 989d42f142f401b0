/** Every maximum of the indexer, with its reason: nothing a repository contains may grow memory or results without a bound. */

/** A NUL among these first bytes makes a file binary; the same figure git uses. */
export const TEXT_PROBE_BYTES = 8_000;
/** The one reused read buffer; a file longer than this is streamed through it and only its lines are counted. */
export const READ_BUFFER_BYTES = 4 * 1024 * 1024;
/** Files above this are probed before they are read whole, so that a large binary costs one small read. */
export const PROBE_FIRST_BYTES = 64 * 1024;
/** A file that grows while it is read is followed no further than this past the size it had. */
export const GROWTH_BYTES_MAX = 64 * 1024 * 1024;
/** How long the worker may work before it looks at its messages again. */
export const BREATH_MS = 15;
/** How often progress is told. */
export const PROGRESS_MS = 50;
/** A cancelled worker that has not stopped by then is killed. */
export const CANCEL_GRACE_MS = 2_000;
/** An unused worker is let go after this. */
export const IDLE_WORKER_MS = 10_000;

/** Entries kept in the result; the counts beside them are always whole. */
export const TODO_LIST_MAX = 1_000;
export const TODOS_PER_FILE_MAX = 200;
export const TODO_TEXT_CHARS_MAX = 200;
export const LARGEST_MAX = 20;
export const PATH_LIST_MAX = 100;
export const MANIFESTS_MAX = 200;
export const MANIFEST_BYTES_MAX = 1024 * 1024;
export const DEPENDENCY_NAMES_MAX = 100;
export const MANIFEST_NAME_CHARS_MAX = 200;
export const ROOT_COMMITS_MAX = 16;

/** More entries than this is not a project folder but a disk. */
export const ENTRIES_MAX = 2_000_000;
/** The longest answer taken from one git command. */
export const GIT_OUTPUT_BYTES_MAX = 1024 * 1024 * 1024;
/** Quick questions to git; listing and status of a huge repository on a slow disk get the longer one. */
export const GIT_SHORT_MS = 20_000;
export const GIT_LONG_MS = 300_000;

/** Ignore files: patterns become regular expressions, so hostile ones are dropped rather than run. */
export const IGNORE_FILE_BYTES_MAX = 1024 * 1024;
export const IGNORE_PATTERN_CHARS_MAX = 500;
export const IGNORE_PATTERN_WILDCARDS_MAX = 12;
export const IGNORE_PATTERNS_MAX = 10_000;

/** Watching: edits are gathered this long, and a full look at the tree is taken at most this often. */
export const WATCH_GATHER_MS = 100;
export const RESCAN_DELAY_MS = 300;
export const RESCAN_REST_FACTOR = 10;
export const POLL_MS = 5_000;
export const WATCHED_FOLDERS_MAX = 100_000;
export const IGNORED_NAMES_MAX = 10_000;

/** A file stamped this close to the moment it was read may change again under the same stamp: it is read again next time. */
export const RACY_MS = 50;
/** The same for file systems whose stamps are whole seconds. */
export const RACY_COARSE_MS = 2_000;

/** The worker's heap: room for the rows of the largest allowed project; beyond it the worker alone dies. */
export const WORKER_HEAP_MB = 2_048;
/** Rows are made by the thousand and kept: a young heap this large spares copying them about. */
export const WORKER_YOUNG_HEAP_MB = 64;
/** A dead worker's watches begin again after this, so that a folder that kills it cannot make it spin. */
export const WORKER_RESTART_MS = 2_000;
