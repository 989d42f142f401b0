/** A change as the judge sees it: everything a verdict depends on, without the payload; and its form at rest. */
import { changeToken, claim, CRDT_KINDS, type CrdtKind } from '@leanvibe/protocol/change';
import type { ChangeId, DeviceId, EntryId, LinkId } from '@leanvibe/protocol/ids';
import { id, idSet, list, optional, record, type TypeOf, uint } from '@leanvibe/protocol/shape';
import type { Result } from '../base/result.js';
import type { Inspection, InspectFailure } from '../doc/crdt.js';
import type { AuthenticChange } from './open.js';

/** What inspecting the payload gave: the first two words depend on the bytes alone, `held` on this device. */
export const STRUCTURES = ['sound', 'over-limit', 'malformed', 'held'] as const;
export type Structure = (typeof STRUCTURES)[number];

export const changeRow = record({
  id: [0, id<ChangeId>()],
  entry: [1, id<EntryId>()],
  device: [2, id<DeviceId>()],
  addedBy: [3, id<LinkId>()],
  seq: [4, uint()],
  previous: [5, optional(id<ChangeId>())],
  dependencies: [6, idSet<ChangeId>(1024)],
  authHeads: [7, idSet<LinkId>(16)],
  crdt: [8, uint(255)],
  claims: [9, list(claim, 64)],
  structure: [10, uint(STRUCTURES.length - 1)],
  writes: [11, list(record({ clientId: [0, uint()], clockStart: [1, uint()], clockEnd: [2, uint()] }), 1_000_000)],
  reads: [12, list(record({ clientId: [0, uint()], clockEnd: [1, uint()] }), 1_000_000)],
  structs: [13, uint()],
  /** Kept here so that a list of what robots wrote needs no payload (C46). */
  token: [14, optional(changeToken)],
});
export type ChangeRow = TypeOf<typeof changeRow>;

const NOTHING: Inspection = { writes: [], reads: [], structs: 0 };

export function rowOf(change: AuthenticChange, entry: EntryId, inspected: Result<Inspection, InspectFailure | 'held'>): ChangeRow {
  const { device, addedBy, seq, previous, dependencies, authHeads, crdt, claims, token } = change.body;
  const structure = STRUCTURES.indexOf(inspected.ok ? 'sound' : inspected.error);
  return {
    id: change.id,
    entry,
    device,
    addedBy,
    seq,
    previous,
    dependencies,
    authHeads,
    crdt,
    claims,
    token,
    structure,
    ...(inspected.ok ? inspected.value : NOTHING),
  };
}

/** The row again, with what a later inspection found. */
export function inspectedRow(row: ChangeRow, inspected: Result<Inspection, InspectFailure | 'held'>): ChangeRow {
  return { ...row, structure: STRUCTURES.indexOf(inspected.ok ? 'sound' : inspected.error), ...(inspected.ok ? inspected.value : NOTHING) };
}

export function structureOf(row: ChangeRow): Structure {
  return STRUCTURES[row.structure] as Structure;
}

const KIND_BY_CODE: ReadonlyMap<number, CrdtKind> = new Map(Object.entries(CRDT_KINDS).map(([kind, code]) => [code, kind as CrdtKind]));

export function crdtOf(row: Pick<ChangeRow, 'crdt'>): CrdtKind | null {
  return KIND_BY_CODE.get(row.crdt) ?? null;
}
