/** B8: making and reading sealed entries, beside the bare primitives of the same library on the same bytes. */
import { PART_BYTES_MAX } from '@leanvibe/protocol/limits';
import { readSealed } from '@leanvibe/protocol/sealed';
import type { ChangeBody } from '@leanvibe/protocol/change';
import { type DeviceId, type DocumentId, type EpochId, type LinkId, makeId, type SpaceId } from '@leanvibe/protocol/ids';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { sealChange, signChange } from '@leanvibe/core/internal/draft/change';
import { openEntry } from '@leanvibe/core/internal/intake/open';
import { createSealer } from '@leanvibe/core/internal/keys/entry';
import { createRandom } from '../help/random.js';
import { count, exponent, median, times } from './kit/figures.js';
import type { Report } from './kit/report.js';

interface Row {
  readonly bytes: number;
  readonly entryBytes: number;
  /** Microseconds, each the median of the rounds. */
  readonly write: number;
  readonly rawWrite: number;
  readonly read: number;
  readonly rawRead: number;
  /** A hundred edits of this size in one entry, for each edit; NaN where they do not fit one. */
  readonly writeShared: number;
  readonly readShared: number;
}

interface Work {
  readonly write: () => void;
  readonly read: () => void;
  readonly entryBytes: number;
}

const random = createRandom('seal');
const crypto = nativeCrypto();
const keys = crypto.signingKeys(random.bytes(32));
const space = makeId<SpaceId>(random.bytes(32));
const sealer = createSealer(crypto, { epoch: makeId<EpochId>(random.bytes(32)), read: random.bytes(32), append: random.bytes(32) });

function entryWork(payload: Uint8Array): Work {
  const body: ChangeBody = {
    space,
    document: makeId<DocumentId>(random.bytes(32)),
    device: makeId<DeviceId>(keys.publicKey),
    addedBy: makeId<LinkId>(random.bytes(32)),
    seq: 1,
    previous: null,
    dependencies: [],
    authHeads: [makeId<LinkId>(random.bytes(32))],
    crdt: 1,
    claims: [],
    payload,
    token: null,
  };
  const make = (): Uint8Array => sealChange(sealer, signChange(crypto, keys, body)).entry.bytes;
  const sealed = make();
  const read = (): void => {
    const outside = readSealed(sealed);
    if (!outside.ok || !openEntry(crypto, space, sealer, outside.value).ok) throw new Error('an entry of our own does not open');
  };
  read();
  return { write: make, read, entryBytes: sealed.length };
}

/** One signature and one secretbox over the same payload, nothing else. */
function rawWork(payload: Uint8Array): Work {
  const [nonce, key] = [random.bytes(24), random.bytes(32)];
  const signature = crypto.sign(payload, keys.secretKey);
  const box = crypto.secretbox(payload, nonce, key);
  return {
    entryBytes: box.length + signature.length,
    write() {
      crypto.sign(payload, keys.secretKey);
      crypto.secretbox(payload, nonce, key);
    },
    read() {
      const opened = crypto.secretboxOpen(box, nonce, key);
      if (opened === null || !crypto.verify(signature, opened, keys.publicKey))
        throw new Error('the primitives do not agree with themselves');
    },
  };
}

function microseconds(work: () => void, runs: number): number {
  const from = performance.now();
  for (let run = 0; run < runs; run++) work();
  return ((performance.now() - from) * 1000) / runs;
}

function measure(bytes: number, rounds: number, runs: number): Row {
  const payload = random.bytes(bytes);
  const [ours, raw] = [entryWork(payload), rawWork(payload)];
  const shared = bytes * 100 > PART_BYTES_MAX / 2 ? null : entryWork(random.bytes(bytes * 100));
  for (const work of [ours.write, ours.read, raw.write, raw.read]) microseconds(work, runs * 3);
  const taken = {
    write: [] as number[],
    rawWrite: [] as number[],
    read: [] as number[],
    rawRead: [] as number[],
    writeShared: [] as number[],
    readShared: [] as number[],
  };
  for (let round = 0; round < rounds; round++) {
    taken.write.push(microseconds(ours.write, runs));
    taken.rawWrite.push(microseconds(raw.write, runs));
    taken.read.push(microseconds(ours.read, runs));
    taken.rawRead.push(microseconds(raw.read, runs));
    if (shared === null) continue;
    taken.writeShared.push(microseconds(shared.write, runs / 10) / 100);
    taken.readShared.push(microseconds(shared.read, runs / 10) / 100);
  }
  return {
    bytes,
    entryBytes: ours.entryBytes,
    write: median(taken.write),
    rawWrite: median(taken.rawWrite),
    read: median(taken.read),
    rawRead: median(taken.rawRead),
    writeShared: median(taken.writeShared),
    readShared: median(taken.readShared),
  };
}

export async function benchSeal(quick: boolean): Promise<Report> {
  const rows = [100, 1_000, 10_000].map((bytes) => measure(bytes, quick ? 5 : 15, quick ? 300 : 1_500));
  const part = (pick: (row: Row) => number): readonly number[] => rows.slice(0, 2).map(pick);
  const written = part((row) => row.rawWrite / row.write);
  const readBack = part((row) => row.rawRead / row.read);
  const percent = (parts: readonly number[]): string => parts.map((one) => `${Math.round(one * 100)} %`).join(' at 100 B, ');
  return {
    id: 'B8',
    work: 'sign and seal a change; open and verify it, beside libsodium’s signature and secretbox alone',
    columns: ['payload', 'entry', 'write µs', 'bare', 'part', 'read µs', 'bare', 'part', 'shared by 100: write', 'read'],
    rows: rows.map((row) => [
      `${count(row.bytes)} B`,
      `${count(row.entryBytes)} B`,
      row.write.toFixed(1),
      row.rawWrite.toFixed(1),
      times(row.rawWrite / row.write),
      row.read.toFixed(1),
      row.rawRead.toFixed(1),
      times(row.rawRead / row.read),
      Number.isNaN(row.writeShared) ? '-' : row.writeShared.toFixed(2),
      Number.isNaN(row.readShared) ? '-' : row.readShared.toFixed(2),
    ]),
    judged: [
      {
        goal: 'write at ≥ 50 % of the primitives’ speed',
        measured: `${percent(written)} at 1 KB`,
        met: written.every((one) => one >= 0.5),
      },
      {
        goal: 'read at ≥ 50 % of the primitives’ speed',
        measured: `${percent(readBack)} at 1 KB`,
        met: readBack.every((one) => one >= 0.5),
      },
    ],
    notes: [
      `Growth exponents of time: write ${exponent(rows.map((row) => [row.bytes, row.write])).toFixed(2)}, read ${exponent(rows.map((row) => [row.bytes, row.read])).toFixed(2)}.`,
      'Ours adds canonical encoding and strict decoding, the ids (SHA-256), padding, and a nonce that is an HMAC of the padded plaintext, recomputed on opening.',
      'Shared: one entry for a hundred such edits, for each edit; this is what live typing costs.',
    ],
    data: rows,
  };
}
