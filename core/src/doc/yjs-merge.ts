/** C17: one payload for several drafts, written straight out of the live document that holds them. */
import * as Y from 'yjs';
import { parseUpdate } from './yjs-parse.js';
import type { YjsReplica } from './yjs-replica.js';
import { type DeleteRanges, mergeRanges, type Part, structsOf, writeUpdate } from './yjs-write.js';

/**
 * Exactly the clocks the drafts wrote, as Yjs keeps them merged now, and the drafts' own deletions: not the document's whole
 * delete set, which a state diff would carry (20 KB instead of 127 bytes on a worked-over text). Edits made after the last
 * draft stay out, so that they can be merged later.
 */
export function mergeYjs(replica: YjsReplica, drafts: readonly Uint8Array[]): Uint8Array {
  const { doc, names } = replica;
  const spans = new Map<number, { from: number; to: number }>();
  const deletes: DeleteRanges = new Map();
  for (const draft of drafts) {
    const parsed = parseUpdate(draft);
    for (const { clientId, clockStart, clockEnd } of parsed.sections) {
      const span = spans.get(clientId);
      spans.set(clientId, { from: Math.min(span?.from ?? clockStart, clockStart), to: Math.max(span?.to ?? 0, clockEnd) });
    }
    for (const { clientId, ranges } of parsed.deletes) deletes.set(clientId, [...(deletes.get(clientId) ?? []), ...ranges]);
  }
  for (const [clientId, ranges] of deletes) deletes.set(clientId, mergeRanges(ranges));
  const parts: readonly Part[] = [...spans].map(([clientId, span]) => ({ clientId, ...span }));
  return doc.transact((transaction) => {
    // Later edits may have grown the last struct; it is cut for the time of writing and joined again when the transaction ends.
    for (const { clientId, to } of parts) {
      if (structsOf(doc, clientId).length > 0 && to < Y.getState(doc.store, clientId))
        Y.getItemCleanStart(transaction, Y.createID(clientId, to));
    }
    return writeUpdate(doc, names, parts, deletes);
  });
}
