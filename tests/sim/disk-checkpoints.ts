/** The checkpoints on a machine's disk, the words about them, and what was pruned by them: for predicates that believe no engine. */
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { openCheckpoint } from '@leanvibe/core/internal/engine/payload';
import { baseRecord, checkpointRecord, TABLES, wordRecord } from '@leanvibe/core/internal/engine/tables';
import { cutId, holdsCut } from '@leanvibe/core/internal/intake/ids';
import { openEntry } from '@leanvibe/core/internal/intake/open';
import type { AuthenticChange } from '@leanvibe/core/internal/intake/open';
import type { CheckpointBody } from '@leanvibe/protocol/checkpoint';
import type { ChangeId, DeviceId, DocumentId, EntryId, Hash, SpaceId } from '@leanvibe/protocol/ids';
import { readSealed } from '@leanvibe/protocol/sealed';
import { decode } from '@leanvibe/protocol/shape';
import { ringOf, ROWS_MAX, vaultOf } from './disk.js';
import type { Machine } from './machine.js';

const crypto = nativeCrypto();

export interface DiskCheckpoint {
  readonly id: Hash;
  readonly body: CheckpointBody;
}

/** Every checkpoint that is known and whose bytes are here. */
export async function checkpointsOn(machine: Machine, space: SpaceId): Promise<readonly DiskCheckpoint[]> {
  const ring = await ringOf(machine, space);
  const found: DiskCheckpoint[] = [];
  for (const { key, value } of await vaultOf(machine).scan(TABLES.checkpoint, `${space}/`, null, ROWS_MAX)) {
    const [, , id] = key.split('/') as [string, string, Hash];
    const known = decode(checkpointRecord, value);
    const stored = known.ok ? await openCheckpoint(crypto, machine.disk(), space, ring, { id, entry: known.value.entry }) : null;
    if (stored !== null) found.push({ id, body: stored.body });
  }
  return found;
}

export interface DiskWord {
  readonly checkpoint: Hash;
  readonly device: DeviceId;
  readonly agrees: boolean;
}

export async function wordsOn(machine: Machine, space: SpaceId): Promise<readonly DiskWord[]> {
  return (await vaultOf(machine).scan(TABLES.word, `${space}/`, null, ROWS_MAX)).flatMap(({ value }) => {
    const word = decode(wordRecord, value);
    return word.ok ? [{ checkpoint: word.value.checkpoint, device: word.value.device, agrees: word.value.agrees === 1 }] : [];
  });
}

/** What one document starts from on this disk. */
export interface DiskBase {
  readonly accepted: readonly DiskCheckpoint[];
  /** Accepted checkpoints whose bytes are missing. */
  readonly unread: number;
  covers(change: ChangeId): boolean;
}

export async function basesOn(machine: Machine, space: SpaceId): Promise<ReadonlyMap<DocumentId, DiskBase>> {
  const ring = await ringOf(machine, space);
  const found = new Map<DocumentId, DiskBase>();
  for (const { key, value } of await vaultOf(machine).scan(TABLES.base, `${space}/`, null, ROWS_MAX)) {
    const record = decode(baseRecord, value);
    if (!record.ok) throw new Error('a base record that does not decode');
    const also = new Set<ChangeId>(record.value.also);
    const accepted: DiskCheckpoint[] = [];
    for (const { checkpoint, entry } of record.value.accepted) {
      const stored = await openCheckpoint(crypto, machine.disk(), space, ring, { id: checkpoint, entry });
      if (stored !== null) accepted.push({ id: checkpoint, body: stored.body });
    }
    found.set(key.split('/')[1] as DocumentId, {
      accepted,
      unread: record.value.accepted.length - accepted.length,
      covers: (change) => also.has(change) || accepted.some(({ body }) => holdsCut(body.ids, cutId(change))),
    });
  }
  return found;
}

export interface Pruned {
  readonly entry: EntryId;
  /** Null where it was no change in one piece. */
  readonly change: AuthenticChange | null;
}

/** Rows whose bytes went, opened from the bytes that were once here. */
export async function prunedOn(machine: Machine, space: SpaceId): Promise<readonly Pruned[]> {
  const ring = await ringOf(machine, space);
  const rows = await machine.disk().rows(space, 2, 0, { rows: ROWS_MAX, bytes: 1e9 });
  return rows
    .filter(({ sealed }) => sealed === null)
    .map(({ entryId }) => {
      const outside = readSealed(machine.ever.get(entryId) ?? new Uint8Array(0));
      const sealer = outside.ok ? ring.sealer(outside.value.epoch) : null;
      const opened = outside.ok && sealer !== null ? openEntry(crypto, space, sealer, outside.value) : null;
      return { entry: entryId, change: opened?.ok === true && opened.value.type === 'change' ? opened.value.change : null };
    });
}
