/** Reading back what the log holds: a change's payload, a part, a link. The bytes were judged when they came. */
import { concat } from '@leanvibe/protocol/bytes';
import type { EntryId, SpaceId } from '@leanvibe/protocol/ids';
import { readSealed } from '@leanvibe/protocol/sealed';
import type { Link } from '../group/link.js';
import { authenticate, openEntry, type Opened } from '../intake/open.js';
import type { ChangeRow } from '../intake/row.js';
import type { KeyRing } from '../keys/ring.js';
import type { Crypto } from '../ports/crypto.js';
import type { Store } from '../ports/store.js';

function openRow(crypto: Crypto, space: SpaceId, ring: KeyRing, sealed: Uint8Array | null): Opened | null {
  if (sealed === null) return null;
  const outside = readSealed(sealed);
  const sealer = outside.ok ? ring.sealer(outside.value.epoch) : null;
  if (!outside.ok || sealer === null) return null;
  const opened = openEntry(crypto, space, sealer, outside.value);
  return opened.ok ? opened.value : null;
}

/** Null when the entry's bytes, or a key, are missing here. */
export async function openPayload(
  crypto: Crypto,
  store: Store,
  space: SpaceId,
  ring: KeyRing,
  row: Pick<ChangeRow, 'id' | 'entry'>,
): Promise<Uint8Array | null> {
  const opened = openRow(crypto, space, ring, (await store.entry(space, row.entry))?.sealed ?? null);
  if (opened?.type === 'change') return opened.change.id === row.id ? opened.change.body.payload : null;
  if (opened?.type !== 'manifest') return null;
  const pieces: Uint8Array[] = [];
  for (const entry of opened.manifest.parts) {
    const piece = await openPart(crypto, store, space, ring, entry);
    if (piece === null) return null;
    pieces.push(piece);
  }
  const change = authenticate(crypto, space, concat(...pieces), opened.manifest.signature);
  return change.ok && change.value.id === row.id ? change.value.body.payload : null;
}

export async function openPart(crypto: Crypto, store: Store, space: SpaceId, ring: KeyRing, entry: EntryId): Promise<Uint8Array | null> {
  const opened = openRow(crypto, space, ring, (await store.entry(space, entry))?.sealed ?? null);
  return opened?.type === 'part' ? opened.bytes : null;
}

/** Every link of the log, in its order: the DAG is rebuilt from the log itself, since links are few. */
export async function* storedLinks(crypto: Crypto, store: Store, space: SpaceId, ring: KeyRing): AsyncGenerator<Link> {
  for (let after = 0; ; ) {
    const rows = await store.rows(space, 1, after, { rows: 1000, bytes: 8 * 1024 * 1024 });
    for (const row of rows) {
      const opened = openRow(crypto, space, ring, row.sealed);
      if (opened?.type === 'link') yield opened.link;
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.position;
  }
}
