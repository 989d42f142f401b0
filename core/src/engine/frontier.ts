/** Frontier attachments (C5): what of a removed device's work stays, found by hash; long ones are chained. */
import { type Frontier, frontier } from '@leanvibe/protocol/change';
import type { DocumentId, Hash, LinkId } from '@leanvibe/protocol/ids';
import { decode, encode, id, optional, record } from '@leanvibe/protocol/shape';

/** Rows, and the attachment that holds the rest. */
const attachment = record({ rows: [0, frontier], next: [1, optional(id<Hash>())] });

/** True when a part is an attachment rather than a slice of a change. */
export function isFrontier(bytes: Uint8Array): boolean {
  return decode(attachment, bytes).ok;
}

const ROWS_PER_PART = 1800;

/** Cuts rows into attachments, last first; `attach` keeps one and answers its hash. The result is the first one's hash. */
export function writeFrontier(rows: Frontier, attach: (bytes: Uint8Array) => Hash): Hash {
  let next: Hash | null = null;
  let end = rows.length;
  do {
    const start = Math.max(0, end - ROWS_PER_PART);
    next = attach(encode(attachment, { rows: rows.slice(start, end), next }));
    end = start;
  } while (end > 0);
  return next;
}

/** The last seq a frontier keeps of a chain in a document: 0 = none; null = an attachment is missing here. */
export function readFrontier(
  attachments: ReadonlyMap<Hash, Uint8Array>,
  first: Hash,
  document: DocumentId,
  addedBy: LinkId,
): number | null {
  const seen = new Set<Hash>();
  for (let at: Hash | null = first; at !== null; ) {
    const bytes = attachments.get(at);
    if (bytes === undefined || seen.has(at)) return null;
    seen.add(at);
    const read = decode(attachment, bytes);
    if (!read.ok) return null;
    const row = read.value.rows.find((one) => one.document === document && one.addedBy === addedBy);
    if (row !== undefined) return row.seq;
    at = read.value.next;
  }
  return 0;
}
