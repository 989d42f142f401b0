/** What lies on a machine's disk, opened with its own keys: for thieves, and for predicates that believe no engine. */
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { decodeDraft } from '@leanvibe/core/internal/draft/journal';
import { openPayload, storedLinks } from '@leanvibe/core/internal/engine/payload';
import { createSpaceGroup, type SpaceGroup } from '@leanvibe/core/internal/engine/space-group';
import { changeRecord, epochRecord, spaceRecord, TABLES } from '@leanvibe/core/internal/engine/tables';
import type { ChangeRow } from '@leanvibe/core/internal/intake/row';
import type { EpochSecrets } from '@leanvibe/core/internal/keys/epoch';
import { claimHolds } from '@leanvibe/core/internal/intake/clientid';
import { createVault, type Vault } from '@leanvibe/core/internal/keys/local';
import { createKeyRing, type KeyRing } from '@leanvibe/core/internal/keys/ring';
import type { DocumentId, EpochId, SpaceId } from '@leanvibe/protocol/ids';
import { decode, encode } from '@leanvibe/protocol/shape';
import type { Machine } from './machine.js';

const crypto = nativeCrypto();
export const ROWS_MAX = 10_000;

export function vaultOf(machine: Machine): Vault {
  return createVault(crypto, machine.disk(), machine.localKey);
}

export async function epochsOn(machine: Machine, space: SpaceId): Promise<readonly EpochSecrets[]> {
  const found: EpochSecrets[] = [];
  for (const { key, value } of await vaultOf(machine).scan(TABLES.epoch, `${space}/`, null, ROWS_MAX)) {
    const record = decode(epochRecord, value);
    const epoch = key.slice(space.length + 1, space.length + 65) as EpochId;
    if (record.ok) found.push({ epoch, read: record.value.read.slice(), append: record.value.append?.slice() ?? null });
  }
  return found;
}

export async function ringOf(machine: Machine, space: SpaceId): Promise<KeyRing> {
  const ring = createKeyRing(crypto);
  for (const secrets of await epochsOn(machine, space)) ring.add(secrets);
  return ring;
}

/** Membership by the links on the disk, by the real resolver and no decorated one. */
export async function groupOn(machine: Machine, space: SpaceId): Promise<SpaceGroup> {
  const group = createSpaceGroup(crypto, space);
  for await (const link of storedLinks(crypto, machine.disk(), space, await ringOf(machine, space))) group.add(link);
  return group;
}

export interface StoredChange {
  readonly document: DocumentId;
  readonly row: ChangeRow;
  /** What was written, as text in which labels can be looked for. */
  readonly text: string;
}

export async function changesOn(machine: Machine, space: SpaceId): Promise<readonly StoredChange[]> {
  const ring = await ringOf(machine, space);
  const found: StoredChange[] = [];
  for (const { key, value } of await vaultOf(machine).scan(TABLES.change, `${space}/`, null, ROWS_MAX)) {
    const record = decode(changeRecord, value);
    if (!record.ok) continue;
    const stored = await openPayload(crypto, machine.disk(), space, ring, record.value.row);
    found.push({
      document: key.split('/')[1] as DocumentId,
      row: record.value.row,
      text: Buffer.from(stored?.payload ?? []).toString('latin1'),
    });
  }
  return found;
}

/** Hands a space over as an invitation does: that it is in it, and every key the admitter holds, to write only where it may. The newcomer's process must be down. */
export async function handOver(admitter: Machine, newcomer: Machine, space: SpaceId, writes: boolean): Promise<void> {
  const [from, into] = [vaultOf(admitter), vaultOf(newcomer)];
  const held = new Set((await into.scan(TABLES.epoch, `${space}/`, null, ROWS_MAX)).map(({ key }) => key));
  const keys = (await from.scan(TABLES.epoch, `${space}/`, null, ROWS_MAX)).filter(({ key }) => !held.has(key));
  const given = keys.map(({ key, value }) => {
    const record = decode(epochRecord, value);
    if (!record.ok) throw new Error('an epoch record that does not decode');
    return into.put(TABLES.epoch, key, encode(epochRecord, writes ? record.value : { ...record.value, append: null }));
  });
  const removed = await newcomer.disk().scan(TABLES.wait, `${space}/r/`, null, ROWS_MAX);
  await newcomer.disk().commit({
    put: [into.put(TABLES.space, space, encode(spaceRecord, { home: 0 })), ...given],
    remove: removed.map(({ key }) => ({ table: TABLES.wait, key })),
  });
}

export interface StoredDraft {
  readonly document: DocumentId;
  /** Written under an admission of this device that no longer holds: no change of today may carry it, and it is kept here. */
  readonly earlier: boolean;
  readonly text: string;
}

export async function draftsOn(machine: Machine, space: SpaceId, group: SpaceGroup): Promise<readonly StoredDraft[]> {
  const chain = group.member(machine.device)?.addedBy;
  return (await vaultOf(machine).scan(TABLES.draft, `${space}/`, null, ROWS_MAX)).map(({ key, value }) => {
    const document = key.slice(space.length + 1, space.length + 65) as DocumentId;
    const draft = decodeDraft(key, value);
    const earlier = chain === undefined || !claimHolds(crypto, chain, document, draft);
    return { document, earlier, text: Buffer.from(draft.update).toString('latin1') };
  });
}

/** A label ends where its number does. */
export function holdsLabel(text: string, label: string): boolean {
  for (let at = text.indexOf(label); at >= 0; at = text.indexOf(label, at + 1))
    if (!/[0-9]/.test(text[at + label.length] ?? '')) return true;
  return false;
}
