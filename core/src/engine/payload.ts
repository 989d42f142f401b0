/** Reading back what the log holds: a change's payload, a checkpoint, a part, a link. Those named by an id on record were authenticated when they came: their hash is enough. */
import type { CheckpointBody } from '@leanvibe/protocol/checkpoint';
import type { EntryId, Hash, SpaceId } from '@leanvibe/protocol/ids';
import { readSealed } from '@leanvibe/protocol/sealed';
import { inTurns } from '../base/pieces.js';
import { err } from '../base/result.js';
import type { Link } from '../group/link.js';
import { type Assembled, authenticateWhole, openEntry, type Opened } from '../intake/open.js';
import { authenticateCheckpoint } from '../intake/open-checkpoint.js';
import type { ChangeRow } from '../intake/row.js';
import type { Signatures } from '../intake/signatures.js';
import type { KeyRing } from '../keys/ring.js';
import type { Crypto } from '../ports/crypto.js';
import type { Store } from '../ports/store.js';

function openRow(crypto: Crypto, space: SpaceId, ring: KeyRing, sealed: Uint8Array | null, signatures: Signatures): Opened | null {
  if (sealed === null) return null;
  const outside = readSealed(sealed);
  const sealer = outside.ok ? ring.sealer(outside.value.epoch) : null;
  if (!outside.ok || sealer === null) return null;
  const opened = openEntry(crypto, space, sealer, outside.value, signatures);
  return opened.ok ? opened.value : null;
}

/** Awaited between the parts of something large, as `Clock.turn` is (P9). */
type Turn = () => Promise<void>;
const noTurn: Turn = () => Promise.resolve();

/** A body and the parts it came in. */
interface Stored {
  readonly opened: Assembled;
  readonly parts: readonly EntryId[];
}

/** A change or checkpoint, put together from its parts. Null when the bytes of one, or a key, are missing here. */
async function openWhole(crypto: Crypto, store: Store, space: SpaceId, ring: KeyRing, entry: EntryId, turn: Turn): Promise<Stored | null> {
  const opened = openRow(crypto, space, ring, (await store.entry(space, entry))?.sealed ?? null, 'known');
  if (opened?.type === 'change') return { opened, parts: [] };
  if (opened?.type === 'carried-checkpoint') {
    const checkpoint = await inTurns(authenticateCheckpoint(crypto, space, opened, 'known'), turn);
    return checkpoint.ok ? { opened: { type: 'checkpoint', checkpoint: checkpoint.value }, parts: [] } : null;
  }
  if (opened?.type !== 'manifest') return null;
  const body = new Uint8Array(opened.manifest.bytes);
  let length = 0;
  for (const part of opened.manifest.parts) {
    await turn();
    const piece = await openPart(crypto, store, space, ring, part);
    if (piece === null || length + piece.length > body.length) return null;
    body.set(piece, length);
    length += piece.length;
  }
  await turn();
  const whole =
    length === body.length ? await inTurns(authenticateWhole(crypto, space, opened.manifest, body, 'known'), turn) : err('malformed');
  return whole.ok ? { opened: whole.value, parts: opened.manifest.parts } : null;
}

export interface StoredPayload {
  readonly payload: Uint8Array;
  readonly parts: readonly EntryId[];
}

/** Null when the entry's bytes, or a key, are missing here. */
export async function openPayload(
  crypto: Crypto,
  store: Store,
  space: SpaceId,
  ring: KeyRing,
  row: Pick<ChangeRow, 'id' | 'entry'>,
  turn: Turn = noTurn,
): Promise<StoredPayload | null> {
  const whole = await openWhole(crypto, store, space, ring, row.entry, turn);
  if (whole?.opened.type !== 'change' || whole.opened.change.id !== row.id) return null;
  return { payload: whole.opened.change.body.payload, parts: whole.parts };
}

export interface StoredCheckpoint {
  readonly body: CheckpointBody;
  readonly parts: readonly EntryId[];
}

/** Null when the entry's bytes, or a key, are missing here. */
export async function openCheckpoint(
  crypto: Crypto,
  store: Store,
  space: SpaceId,
  ring: KeyRing,
  checkpoint: { readonly id: Hash; readonly entry: EntryId },
  turn: Turn = noTurn,
): Promise<StoredCheckpoint | null> {
  const whole = await openWhole(crypto, store, space, ring, checkpoint.entry, turn);
  if (whole?.opened.type !== 'checkpoint' || whole.opened.checkpoint.id !== checkpoint.id) return null;
  return { body: whole.opened.checkpoint.body, parts: whole.parts };
}

export async function openPart(crypto: Crypto, store: Store, space: SpaceId, ring: KeyRing, entry: EntryId): Promise<Uint8Array | null> {
  const opened = openRow(crypto, space, ring, (await store.entry(space, entry))?.sealed ?? null, 'known');
  return opened?.type === 'part' ? opened.bytes : null;
}

/** Every link of the log, in its order: the DAG is rebuilt from the log itself, since links are few. */
export async function* storedLinks(crypto: Crypto, store: Store, space: SpaceId, ring: KeyRing): AsyncGenerator<Link> {
  for (let after = 0; ; ) {
    const rows = await store.rows(space, 1, after, { rows: 1000, bytes: 8 * 1024 * 1024 });
    for (const row of rows) {
      // Checkpoints lie in the same lane, and are large.
      const outside = row.sealed === null ? null : readSealed(row.sealed);
      if (outside?.ok !== true || outside.value.kind !== 'link') continue;
      const opened = openRow(crypto, space, ring, row.sealed, 'checked');
      if (opened?.type === 'link') yield opened.link;
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.position;
  }
}
