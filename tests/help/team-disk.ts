/** What a device's disk says of a space, read by nobody's word but its own records: secrets, membership, and every change with its verdict. */
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { openPayload, storedLinks } from '@leanvibe/core/internal/engine/payload';
import { createSpaceGroup, type SpaceGroup } from '@leanvibe/core/internal/engine/space-group';
import { appliedRecord, changeRecord, epochRecord, TABLES } from '@leanvibe/core/internal/engine/tables';
import type { Link } from '@leanvibe/core/internal/group/link';
import type { EpochSecrets } from '@leanvibe/core/internal/keys/epoch';
import { createVault, type Vault } from '@leanvibe/core/internal/keys/local';
import { createKeyRing, type KeyRing } from '@leanvibe/core/internal/keys/ring';
import type { DocumentId, EpochId, SpaceId } from '@leanvibe/protocol/ids';
import { decode } from '@leanvibe/protocol/shape';
import type { Device } from './world.js';

const crypto = nativeCrypto();
const ROWS_MAX = 100_000;

const vaultOf = ({ store, secrets }: Device): Vault => createVault(crypto, store, secrets.localKey);

/** Oldest first. */
export async function secretsHeld(device: Device, space: SpaceId): Promise<readonly EpochSecrets[]> {
  const found: { readonly secrets: EpochSecrets; readonly learned: number }[] = [];
  for (const { key, value } of await vaultOf(device).scan(TABLES.epoch, `${space}/`, null, ROWS_MAX)) {
    const record = decode(epochRecord, value);
    if (!record.ok) throw new Error('an epoch record that does not read');
    const { read, append, learned } = record.value;
    found.push({ secrets: { epoch: key.slice(space.length + 1, space.length + 65) as EpochId, read, append }, learned });
  }
  return found.sort((a, b) => a.learned - b.learned).map((one) => one.secrets);
}

async function ringOf(device: Device, space: SpaceId): Promise<KeyRing> {
  const ring = createKeyRing(crypto);
  for (const secrets of await secretsHeld(device, space)) ring.add(secrets);
  return ring;
}

export async function linksOnDisk(device: Device, space: SpaceId): Promise<readonly Link[]> {
  const links: Link[] = [];
  for await (const link of storedLinks(crypto, device.store, space, await ringOf(device, space))) links.push(link);
  return links;
}

/** Changes a document is shown with whose verdict is another, and the other way round: empty, or the disk contradicts itself. */
export async function contradictions(device: Device, space: SpaceId): Promise<readonly string[]> {
  const vault = vaultOf(device);
  const shown = new Set<string>();
  for (const { key, value } of await vault.scan(TABLES.applied, `${space}/`, null, ROWS_MAX)) {
    const record = decode(appliedRecord, value);
    shown.add(`${key.split('/')[1]}/${record.ok ? record.value.change : 'unreadable'}`);
  }
  const wrong: string[] = [];
  for (const { key, value } of await vault.scan(TABLES.change, `${space}/`, null, ROWS_MAX)) {
    const record = decode(changeRecord, value);
    const [, document, change] = key.split('/');
    const verdict = record.ok ? record.value.verdict : 'unreadable';
    if (shown.delete(`${document}/${change}`) !== (verdict === 'applied')) wrong.push(`${change?.slice(0, 8)} is ${verdict}`);
  }
  return [...wrong, ...[...shown].map((one) => `${one} is shown and has no row`)];
}

/** Parents before children; what still misses a parent is left out. */
export function inOrder(links: readonly Link[]): readonly Link[] {
  const done = new Map<string, Link>();
  for (let before = -1; before < done.size; ) {
    before = done.size;
    for (const link of links) if (!done.has(link.id) && link.body.parents.every((parent) => done.has(parent))) done.set(link.id, link);
  }
  return [...done.values()];
}

/** Membership of these links, worked out afresh in the order given. */
export function groupOf(space: SpaceId, links: readonly Link[]): SpaceGroup {
  const group = createSpaceGroup(crypto, space);
  for (const link of links) group.add(link);
  return group;
}

/** The words of quarantined changes, which are kept and shown nowhere else. */
export async function quarantinedText(device: Device, space: SpaceId, document: DocumentId): Promise<string> {
  const ring = await ringOf(device, space);
  const texts: string[] = [];
  for (const { value } of await vaultOf(device).scan(TABLES.change, `${space}/${document}/`, null, ROWS_MAX)) {
    const record = decode(changeRecord, value);
    if (!record.ok || !record.value.verdict.startsWith('quarantined')) continue;
    const stored = await openPayload(crypto, device.store, space, ring, record.value.row);
    if (stored !== null) texts.push(new TextDecoder().decode(stored.payload));
  }
  return texts.join('\n');
}
