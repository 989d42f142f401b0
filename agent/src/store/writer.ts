/** The main thread's half of the writing thread: copies batches out, gathers those of one tick, and settles each on its own. */
import { Worker } from 'node:worker_threads';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import type { Batch, Placed } from '@leanvibe/core/ports/store';
import { StoreBroken, StoreFull } from '@leanvibe/core/ports/store';
import type { EntryId } from '@leanvibe/protocol/ids';
import type { Failure, FromWriter, Outcome, ToWriter, VerifyReport, WriterData } from './messages.js';
import { type OpenError, openError } from './open-error.js';
import { packBatch } from './pack.js';
import { unpackPlaced } from './placed.js';
import { workerFile } from '../system/places.js';

export interface Writer {
  readonly opened: Extract<FromWriter, { kind: 'opened' }>;
  commit(batch: Batch): Promise<readonly Placed[]>;
  verify(onProgress: (entries: number) => void, signal: AbortSignal | undefined): Promise<VerifyReport>;
  backup(path: string): Promise<void>;
  renew(storeId: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export type OnCompacted = (result: Extract<FromWriter, { kind: 'compacted' }>['result']) => void;

interface Asked {
  readonly settle: (value: VerifyReport | null) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress?: (entries: number) => void;
}

interface Committing {
  readonly entryIds: readonly EntryId[];
  readonly settle: (placed: readonly Placed[]) => void;
  readonly reject: (error: Error) => void;
}

/** Starts the thread and waits until it has opened the store or refused to. */
export async function startWriter(data: WriterData, onCompacted: OnCompacted): Promise<Result<Writer, OpenError>> {
  const worker = new Worker(workerFile('store'), { workerData: data, name: 'store' });
  const first = await new Promise<FromWriter | Error>((resolve) => {
    worker.once('message', resolve);
    worker.once('error', resolve);
  });
  if (first instanceof Error) return err(openError('broken', data.path, first.message));
  if (first.kind === 'refused') {
    await worker.terminate();
    return err(first.error);
  }
  if (first.kind !== 'opened') throw new Error(`impossible: the store began with ${first.kind}`);
  return ok(createWriter(worker, first, onCompacted));
}

function createWriter(worker: Worker, opened: Writer['opened'], onCompacted: OnCompacted): Writer {
  const committing = new Map<number, Committing>();
  const asked = new Map<number, Asked>();
  let gathered: { readonly id: number; readonly bytes: Uint8Array<ArrayBuffer> }[] = [];
  let nextId = 1;
  let dead: StoreBroken | null = null;
  let closing: Promise<void> | null = null;

  /** An idle store does not keep the process alive; a pending promise does. */
  function holdProcess(): void {
    if (committing.size + asked.size > 0) worker.ref();
    else worker.unref();
  }

  function die(why: string): void {
    dead ??= new StoreBroken(why);
    for (const waiting of [...committing.values(), ...asked.values()]) waiting.reject(dead);
    committing.clear();
    asked.clear();
    holdProcess();
  }

  function send(message: ToWriter, moved: readonly ArrayBuffer[] = []): void {
    worker.postMessage(message, moved);
  }

  function flush(): void {
    const batches = gathered;
    gathered = [];
    if (dead === null && batches.length > 0)
      send(
        { kind: 'commit', batches },
        batches.map((batch) => batch.bytes.buffer),
      );
  }

  function ask(message: (id: number) => ToWriter, onProgress?: (entries: number) => void): Promise<VerifyReport | null> {
    flush();
    return new Promise((settle, reject) => {
      if (dead !== null) return reject(dead);
      const id = nextId++;
      asked.set(id, { settle, reject, ...(onProgress === undefined ? {} : { onProgress }) });
      holdProcess();
      send(message(id));
    });
  }

  worker.on('message', (message: FromWriter) => {
    if (message.kind === 'committed') for (const { id, outcome } of message.outcomes) settleCommit(committing, id, outcome);
    else if (message.kind === 'compacted') onCompacted(message.result);
    else if (message.kind === 'progress') asked.get(message.id)?.onProgress?.(message.entries);
    else if (message.kind === 'done') takeFrom(asked, message.id)?.settle(message.value);
    else if (message.kind === 'failed') takeFrom(asked, message.id)?.reject(toError(message.failure));
    holdProcess();
  });
  worker.on('error', (error) => die(`the store's writing thread failed: ${error.message}`));
  worker.on('exit', () => die('the store was closed'));
  worker.unref();

  return {
    opened,
    commit(batch) {
      const bytes = packBatch(batch);
      return new Promise((settle, reject) => {
        if (dead !== null || closing !== null) return reject(dead ?? new StoreBroken('the store was closed'));
        const id = nextId++;
        committing.set(id, { entryIds: (batch.entries ?? []).map((entry) => entry.entryId), settle, reject });
        holdProcess();
        if (gathered.push({ id, bytes }) === 1) queueMicrotask(flush);
      });
    },
    async verify(onProgress, signal) {
      const first = nextId;
      const cancel = (): void => send({ kind: 'cancel', id: first });
      const report = ask((id) => ({ kind: 'verify', id }), onProgress);
      signal?.addEventListener('abort', cancel, { once: true });
      if (signal?.aborted === true) cancel();
      try {
        const value = await report;
        if (value === null) throw new Error('impossible: a check without a report');
        return value;
      } finally {
        signal?.removeEventListener('abort', cancel);
      }
    },
    backup: async (path) => void (await ask((id) => ({ kind: 'backup', id, path }))),
    renew: async (store) => void (await ask((id) => ({ kind: 'renew', id, store }))),
    close() {
      if (dead !== null) return Promise.resolve();
      closing ??= ask((id) => ({ kind: 'close', id })).then(async () => void (await worker.terminate()));
      return closing;
    },
  };
}

function settleCommit(committing: Map<number, Committing>, id: number, outcome: Outcome): void {
  const waiting = takeFrom(committing, id);
  if ('placed' in outcome) waiting?.settle(unpackPlaced(outcome.placed, waiting.entryIds));
  else waiting?.reject(toError(outcome.failure));
}

function takeFrom<Item>(items: Map<number, Item>, id: number): Item | undefined {
  const item = items.get(id);
  items.delete(id);
  return item;
}

function toError(failure: Failure): Error {
  switch (failure.kind) {
    case 'full':
      return new StoreFull(failure.message);
    case 'broken':
      return new StoreBroken(failure.message);
    case 'wrong':
      return new Error(failure.message);
  }
}
