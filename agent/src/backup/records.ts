/** What a backup holds, in order: one head, the entries, one end. */
import type { Paper, PaperEntry } from '@leanvibe/core/engine/paper-form';
import type { Lane } from '@leanvibe/core/ports/store';
import type { DeviceId, EpochId, SpaceId } from '@leanvibe/protocol/ids';
import { ENTRY_BYTES_MAX } from '@leanvibe/protocol/limits';
import { bytes, decode, encode, flag, id, list, optional, record, text, type TypeOf, uint, union } from '@leanvibe/protocol/shape';
import { damaged } from './failure.js';

const epoch = record({ epoch: [0, id<EpochId>()], read: [1, bytes(32, 32)], append: [2, optional(bytes(32, 32))] });
const space = record({ space: [0, id<SpaceId>()], home: [1, flag], epochs: [2, list(epoch, 100_000)] });
const peer = record({ device: [0, id<DeviceId>()], addresses: [1, list(text(512), 64)] });

const backupRecord = union({
  head: [
    0,
    record({
      /** Milliseconds since 1970. */
      created: [0, uint()],
      /** The device it was made on. */
      name: [1, text(256)],
      paper: [2, id<DeviceId>()],
      signingSeed: [3, bytes(32, 32)],
      sealingSecret: [4, bytes(32, 32)],
      spaces: [5, list(space, 10_000)],
      /** Where other devices were last reached. */
      peers: [6, list(peer, 10_000)],
    }),
  ],
  /** `space`: its place in the head's list. */
  entry: [1, record({ space: [0, uint(9_999)], lane: [1, uint(2)], sealed: [2, bytes(1, ENTRY_BYTES_MAX)] })],
  /** `proof`: SHA-256 over the ids the store had for the entries, in order. `missing`: entries whose bytes were damaged here. */
  end: [2, record({ entries: [0, uint()], missing: [1, uint()], proof: [2, bytes(32, 32)] })],
});
export type BackupRecord = TypeOf<typeof backupRecord>;
export type BackupHead = Extract<BackupRecord, { readonly type: 'head' }>;
export type BackupEnd = Extract<BackupRecord, { readonly type: 'end' }>;

/** Far above any head; a record is in memory whole. */
const RECORD_BYTES_MAX = 64 * 1024 * 1024;

/** Its length in 4 bytes, big-endian, then the record. */
export function frameOf(one: BackupRecord): Uint8Array {
  const body = encode(backupRecord, one);
  const frame = Buffer.alloc(4 + body.length);
  frame.writeUInt32BE(body.length);
  frame.set(body, 4);
  return frame;
}

export async function* recordsIn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<BackupRecord> {
  let parts: Uint8Array[] = [];
  let held = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    held += chunk.length;
    // A record that spans many chunks is put together once, when its last byte is here.
    for (let need = needed(parts); need !== null && held >= need; need = needed(parts)) {
      const [only] = parts;
      const all = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
      const decoded = decode(backupRecord, all.subarray(4, need), 'backup');
      if (!decoded.ok) throw damaged('a part of it cannot be read');
      yield decoded.value;
      parts = [all.subarray(need)];
      held -= need;
    }
  }
  if (held > 0) throw damaged('it ends in the middle');
}

/** Bytes of the next frame; null while its length is not here. */
function needed(parts: Uint8Array[]): number | null {
  let first = parts[0];
  if (first !== undefined && first.length < 4 && parts.length > 1) parts.splice(0, parts.length, (first = Buffer.concat(parts)));
  if (first === undefined || first.length < 4) return null;
  const bytes = new DataView(first.buffer, first.byteOffset).getUint32(0);
  if (bytes > RECORD_BYTES_MAX) throw damaged('a part of it is far too large');
  return 4 + bytes;
}

export function paperOf({ paper, signingSeed, sealingSecret, spaces }: BackupHead): Paper {
  return { device: paper, signingSeed, sealingSecret, spaces: spaces.map((one) => ({ ...one, heads: [] })) };
}

export function entryOf(head: BackupHead, { space: at, lane, sealed }: Extract<BackupRecord, { readonly type: 'entry' }>): PaperEntry {
  const named = head.spaces[at];
  if (named === undefined) throw damaged('an entry belongs to no space');
  return { space: named.space, lane: lane as Lane, sealed };
}
