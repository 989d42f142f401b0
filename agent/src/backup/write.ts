/** Writing a backup: beside its place, proved by reading all of it again, and only then given its name. */
import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Engine } from '@leanvibe/core/engine/api';
import { headsOf, type Paper } from '@leanvibe/core/engine/paper-form';
import type { Crypto } from '@leanvibe/core/ports/crypto';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { Lane, Store } from '@leanvibe/core/ports/store';
import type { DeviceId, SpaceId } from '@leanvibe/protocol/ids';
import { idBytes } from '@leanvibe/protocol/ids';
import { COST, SALT_BYTES } from '@leanvibe/core/crypto/node/password';
import { syncFolder } from '../keychain/durable-file.js';
import { type ChunkWriter, startChunks } from './chunks.js';
import { BackupFailure, damaged, fileFailure } from './failure.js';
import { newFileKey } from './header.js';
import { openBackup } from './read.js';
import { frameOf } from './records.js';

export interface WriteDeps extends LoggerDep {
  readonly crypto: Crypto;
  readonly engine: Pick<Engine, 'paper' | 'withdrawPaper'>;
  readonly store: Pick<Store, 'head' | 'rows' | 'pruned'>;
}

export interface WriteOptions {
  /** Absolute, and not there yet. */
  readonly path: string;
  readonly passphrase: string;
  readonly createdMs: number;
  readonly name: string;
  readonly peers: readonly { readonly device: DeviceId; readonly addresses: readonly string[] }[];
  /** Entries written, then entries proved: `total` is both. */
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

export interface Written {
  readonly bytes: number;
  readonly entries: number;
  /** Entries that are damaged here and could not be written; what was pruned is in the checkpoint that covers it, and is not missing. */
  readonly missing: number;
  readonly paper: DeviceId;
}

const PAGE = { rows: 256, bytes: 4 * 1024 * 1024 };
/** Each copies what came during the one before, which is less each time unless somebody floods. */
const PASSES_MAX = 100;

/** Throws BackupFailure, or the signal's reason; then there is no file, and the paper device made for it is taken back. */
export async function writeBackup(deps: WriteDeps, options: WriteOptions): Promise<Written> {
  const { path } = options;
  await mustBeNew(path);
  const beside = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}.part`);
  const file = await open(beside, 'wx', 0o600).catch((error: unknown) => {
    throw fileFailure(error, path, 'write');
  });
  let paper: Paper | null = null;
  try {
    const made = await deps.engine.paper();
    if (!made.ok) throw new BackupFailure('refused', made.error, 'see: leanvibe status');
    paper = made.value;
    const written = await writeAll(deps, options, paper, file);
    await file.sync();
    await proveFile(deps, options, beside, written);
    await mustBeNew(path);
    await rename(beside, path);
    syncFolder(dirname(path));
    return written;
  } catch (error) {
    await rm(beside, { force: true });
    if (paper !== null)
      await deps.engine
        .withdrawPaper(paper)
        .catch((reason: unknown) =>
          deps.logger.log('error', 'paper-not-withdrawn', { why: reason instanceof Error ? reason.name : 'unknown' }),
        );
    throw fileFailure(error, path, 'write');
  } finally {
    await file.close();
  }
}

async function mustBeNew(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found !== null) throw new BackupFailure('exists', `${path} exists already`, 'name a new file');
}

function totalOf({ spaces }: Paper): number {
  return spaces.reduce((sum, { heads }) => sum + heads.reduce((rows, { position }) => rows + position, 0), 0);
}

async function writeAll({ crypto, store }: WriteDeps, options: WriteOptions, paper: Paper, file: FileHandle): Promise<Written> {
  const key = await newFileKey(crypto, options.passphrase, randomBytes(SALT_BYTES), COST);
  const chunks = await startChunks(crypto, file, key);
  const { device, signingSeed, sealingSecret } = paper;
  const spaces = paper.spaces.map(({ space, home, epochs }) => ({
    space,
    home,
    epochs: epochs.map(({ epoch, read, append }) => ({ epoch, read, append })),
  }));
  const { createdMs: created, name, peers } = options;
  await chunks.write(frameOf({ type: 'head', created, name, paper: device, signingSeed, sealingSecret, spaces, peers }));
  const counts = await writeEntries({ store }, options, paper, chunks);
  await chunks.write(frameOf({ type: 'end', ...counts }));
  return { bytes: await chunks.end(), entries: counts.entries, missing: counts.missing, paper: device };
}

async function writeEntries(
  { store }: Pick<WriteDeps, 'store'>,
  { signal, onProgress }: WriteOptions,
  paper: Paper,
  chunks: ChunkWriter,
): Promise<{ readonly entries: number; readonly missing: number; readonly proof: Uint8Array }> {
  const ids = createHash('sha256');
  const total = totalOf(paper) * 2;
  let entries = 0;
  let missing = 0;
  let seen = 0;
  const copy = async (at: number, space: SpaceId, lane: Lane, from: number, last: number): Promise<void> => {
    for (let after = from; after < last; ) {
      signal.throwIfAborted();
      const rows = (await store.rows(space, lane, after, PAGE)).filter(({ position }) => position <= last);
      const bare = rows.filter(({ sealed }) => sealed === null).map(({ entryId }) => entryId);
      missing += (await store.pruned(space, bare)).filter((pruned) => !pruned).length;
      for (const { entryId, sealed } of rows) {
        if (sealed === null) continue;
        entries++;
        ids.update(idBytes(entryId));
        await chunks.write(frameOf({ type: 'entry', space: at, lane, sealed }));
      }
      after = rows.at(-1)?.position ?? last;
      seen += rows.length;
      onProgress(Math.min(seen, total), total);
    }
  };
  for (const [at, { space, heads }] of paper.spaces.entries()) {
    // What was pruned meanwhile rests on checkpoints that came meanwhile: they are copied too, until nothing came while that was done.
    const done = new Map(heads.map(({ lane }) => [lane, 0]));
    for (let due = heads, pass = 0; due.length > 0; pass++) {
      if (pass === PASSES_MAX)
        throw new BackupFailure('refused', 'more arrives than can be copied meanwhile', 'try again when less is written');
      for (const { lane, position } of due) {
        await copy(at, space, lane, done.get(lane) ?? 0, position);
        done.set(lane, position);
      }
      due = (await headsOf(store, space)).filter(({ lane, position }) => position > (done.get(lane) ?? 0));
    }
  }
  return { entries, missing, proof: ids.digest() };
}

async function proveFile(
  { crypto }: WriteDeps,
  { passphrase, signal, onProgress }: WriteOptions,
  path: string,
  { entries, missing }: Written,
): Promise<void> {
  const half = entries + missing;
  const proved = await openBackup({ crypto, path, passphrase, signal, onProgress: (done) => onProgress(half + done, half * 2) });
  await proved.close();
  if (proved.end.entries !== entries) throw damaged('it does not hold what was written');
}
