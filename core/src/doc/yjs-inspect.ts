/** Bounded inspection of Yjs payloads (C20, C23): what they write and read, learned without Yjs. */
import { CHANGE_BYTES_MAX } from '@leanvibe/protocol/limits';
import { err, ok, type Result } from '../base/result.js';
import type { ClientSpan, Inspection, InspectFailure } from './crdt.js';
import { checkOrder } from './yjs-order.js';
import { type ParsedUpdate, parseUpdate, REFS } from './yjs-parse.js';
import { Unfit } from './yjs-reader.js';

/** Never throws and never loops, whatever the bytes are; linear in them. */
export function inspectYjs(payload: Uint8Array): Result<Inspection, InspectFailure> {
  if (payload.length > CHANGE_BYTES_MAX) return err('over-limit');
  try {
    const parsed = parseUpdate(payload);
    checkOrder(parsed.sections);
    const writes = parsed.sections.map(({ clientId, clockStart, clockEnd }): ClientSpan => ({ clientId, clockStart, clockEnd }));
    return ok({ writes, reads: reads(parsed), structs: parsed.structs });
  } catch (error) {
    if (error instanceof Unfit) return err(error.failure);
    throw error;
  }
}

/** The client ids below 2^32 whose structs an update carries: other people's apps choose them, so the change must claim them (C21). Empty for unfit bytes. */
export function foreignClients(update: Uint8Array): readonly number[] {
  const inspected = inspectYjs(update);
  return inspected.ok ? inspected.value.writes.map((span) => span.clientId).filter((clientId) => clientId < 2 ** 32) : [];
}

function reads(parsed: ParsedUpdate): Inspection['reads'] {
  const ends = new Map<number, number>();
  const see = (clientId: number, clockEnd: number): void => {
    if (clockEnd > (ends.get(clientId) ?? 0)) ends.set(clientId, clockEnd);
  };
  for (const section of parsed.sections) {
    for (let at = 0; at < section.starts.length * REFS; at += 2) {
      const clientId = section.refs[at] as number;
      // A client's references to itself were checked in order already.
      if (clientId >= 0 && clientId !== section.clientId) see(clientId, (section.refs[at + 1] as number) + 1);
    }
  }
  for (const { clientId, ranges } of parsed.deletes) see(clientId, (ranges.at(-1) as readonly [number, number])[1]);
  return [...ends].map(([clientId, clockEnd]) => ({ clientId, clockEnd })).sort((a, b) => a.clientId - b.clientId);
}
