/** Authentic changes on their way to their documents: their payloads are inspected side by side. */
import type { CrdtKind } from '@leanvibe/protocol/change';
import type { DeviceId, DocumentId, EntryId } from '@leanvibe/protocol/ids';
import type { Result } from '../base/result.js';
import type { Inspection, InspectFailure, Replicas } from '../doc/crdt.js';
import type { AuthenticChange } from '../intake/open.js';
import { crdtOf, rowOf } from '../intake/row.js';
import type { Arrival } from './document-runtime.js';

export interface Found {
  readonly change: AuthenticChange;
  readonly entry: EntryId;
  readonly from: DeviceId | null;
}

export interface Arrivals {
  readonly arrivals: ReadonlyMap<DocumentId, readonly Arrival[]>;
  /** The CRDT of each document, as its first change here says. */
  readonly crdts: ReadonlyMap<DocumentId, number>;
}

export interface InspectDeps {
  readonly replicas: Replicas;
  readonly knows: (kind: CrdtKind) => boolean;
}

export async function inspectAll(deps: InspectDeps, found: readonly Found[]): Promise<Arrivals> {
  const inspected = await Promise.all(
    found.map(async ({ change }): Promise<Result<Inspection, InspectFailure | 'held'>> => {
      const kind = crdtOf(change.body);
      // The judge refuses a kind this program does not know, whatever its payload.
      return kind === null || !deps.knows(kind) ? { ok: false, error: 'malformed' } : deps.replicas.inspect(kind, change.body.payload);
    }),
  );
  const arrivals = new Map<DocumentId, Arrival[]>();
  const crdts = new Map<DocumentId, number>();
  found.forEach(({ change, entry, from }, at) => {
    const row = rowOf(change, entry, inspected[at] as Result<Inspection, InspectFailure | 'held'>);
    const list = arrivals.get(change.body.document) ?? [];
    list.push({ row, payload: change.body.payload, from });
    arrivals.set(change.body.document, list);
    if (!crdts.has(change.body.document)) crdts.set(change.body.document, change.body.crdt);
  });
  return { arrivals, crdts };
}
