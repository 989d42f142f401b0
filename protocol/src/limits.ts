/** Every maximum with its reason. The ones marked "verdict" decide verdicts and are frozen per sealed version (C19). */

/** One frame on a channel: fits a relay's socket limit and bounds what a reader must buffer. */
export const FRAME_BYTES_MAX = 1024 * 1024;
/** One sealed entry: four of them fit a frame, so one large document never blocks a session for long. */
export const ENTRY_BYTES_MAX = 256 * 1024;
/** verdict. The plaintext of an entry after padding: entry less header and tag. */
export const PLAIN_BYTES_MAX = ENTRY_BYTES_MAX - 58 - 16;
/** The smallest padded plaintext, so that a tick of a task and a short note look alike. */
export const PADDED_BYTES_MIN = 512;
/** The body of one part of a larger change; leaves room for its framing below PLAIN_BYTES_MAX after padding. */
export const PART_BYTES_MAX = 224 * 1024;
/** verdict. The whole body of one change, parts put together. */
export const CHANGE_BYTES_MAX = 16 * 1024 * 1024;
/** verdict. Parts of one change: CHANGE_BYTES_MAX / PART_BYTES_MAX, rounded up with headroom. */
export const PARTS_MAX = 96;
/** verdict. Yjs structs in one change. */
export const STRUCTS_MAX = 1_000_000;
/** verdict. Nesting of values inside one change. */
export const DEPTH_MAX = 64;
/** verdict. Dependencies one change may cite. */
export const DEPENDENCIES_MAX = 1024;
/** verdict. Client ids one change may claim; a run claims one. */
export const CLAIMS_MAX = 64;
/** verdict. Parents of one link (C3). */
export const PARENTS_MAX = 16;
/** verdict. Membership heads a change cites; more heads are first joined by a link. */
export const AUTH_HEADS_MAX = 16;
/** verdict. Recipients of one epoch. */
export const RECIPIENTS_MAX = 2048;
/** verdict. Concurrent epochs one epoch may replace. */
export const EPOCH_PARENTS_MAX = 16;
/** verdict. Changes one accept link may name. */
export const ACCEPTED_MAX = 512;
/** verdict. A relay's origin as a link names it, bytes of ASCII. */
export const ORIGIN_BYTES_MAX = 256;
/** Mailboxes of one space that are used, those opened first; what more there are waits until one of them is closed (G24). */
export const MAILBOXES_MAX = 16;
/** verdict. Rows of one frontier attachment. */
export const FRONTIER_ROWS_MAX = 16384;
/** verdict. Client ids one checkpoint may list: one for each run of a program that wrote the document. */
export const CHECKPOINT_CLIENTS_MAX = 65536;
/** verdict. A deflated checkpoint may come out so many times as long, so that few bytes never cost a reader much work. */
export const INFLATE_TIMES_MAX = 16;
/** verdict. What any deflated checkpoint may come out as, however short it is. */
export const INFLATE_BYTES_MIN = 65536;
/** Tags one session may offer: spaces times remembered epochs. */
export const TAGS_MAX = 4096;
/** Epochs of one space a session offers tags for, newest first: enough to meet a device that slept through many rotations. */
export const TAG_EPOCHS_MAX = 32;
/** Ids in one offer; 64 KiB of ids keeps a control frame small. */
export const OFFER_IDS_MAX = 2048;
/** Ranges in one reconcile message. */
export const RANGES_MAX = 1024;
/** Ids listed in one leaf range (C27). */
export const LEAF_IDS_MAX = 64;
/** Entries in one frame. */
export const FRAME_ENTRIES_MAX = 1024;
/** A control frame: everything but entries; always passes credit (C29). */
export const CONTROL_BYTES_MAX = 64 * 1024;
/** Data bytes a peer may send before the receiver has committed them (C29). */
export const CREDIT_BYTES = 4 * 1024 * 1024;
/** Mailboxes of an account that a relay lists after its welcome; 285 KB at most. */
export const OWNED_MAX = 4_096;
/** Read keys of earlier epochs told with new ones, newest first: who slept through more rotations meets a member instead. */
export const PAST_KEYS_MAX = 32;
/** Bytes in one message of a rendezvous pipe (C41): a control frame's worth, so that a pipe never holds up log conversations beside it. */
export const PIPE_BYTES_MAX = 64 * 1024 - 64;
/** A device's or person's display name, UTF-8 bytes. */
export const NAME_BYTES_MAX = 256;
/** verdict. The name of an agent token as a change carries it, UTF-8 bytes. */
export const TOKEN_NAME_BYTES_MAX = 64;
/** One fact's key and its JSON value, UTF-8 bytes. */
export const FACT_KEY_BYTES_MAX = 256;
export const FACT_VALUE_BYTES_MAX = 1024 * 1024;
/** Facts in one change. */
export const FACTS_MAX = 4096;
