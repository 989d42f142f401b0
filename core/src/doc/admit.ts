/** C20 over spans: may this payload stand on top of its closure? Shared by every CRDT whose structs have clocks. */
import { err, ok, type Result } from '../base/result.js';
import type { Closure, Inspection } from './crdt.js';

/** Every written client id is the author's and goes on exactly where its chain ended; nothing refers beyond the closure and the payload itself. */
export function admitSpans(inspection: Inspection, closure: Closure): Result<null, 'bad-struct' | 'bad-claim'> {
  const ends = new Map<number, number>();
  for (const span of inspection.writes) {
    if (!closure.owned(span.clientId)) return err('bad-claim');
    if (span.clockStart !== closure.clockEnd(span.clientId) || span.clockEnd <= span.clockStart) return err('bad-struct');
    ends.set(span.clientId, span.clockEnd);
  }
  for (const read of inspection.reads) {
    if (read.clockEnd > (ends.get(read.clientId) ?? closure.clockEnd(read.clientId))) return err('bad-struct');
  }
  return ok(null);
}
