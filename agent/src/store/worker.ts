/** The writing thread of a store: fsync and checks happen here, so the main loop never waits for a disk. */
import { closeSync, openSync } from 'node:fs';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { createApplier } from './apply.js';
import { createCompactor } from './compact.js';
import { createGrouper, failureOf } from './group.js';
import type { FromWriter, ToWriter, WriterData } from './messages.js';
import { type Opened, openStoreFile, renew } from './opening.js';
import { walkStore } from './walk.js';
import { readCommits } from './witness.js';

/** A group is closed at either, so that the first of many waits little longer than it would alone. */
const GROUP_BATCHES_MAX = 1_024;
const GROUP_BYTES_MAX = 8 * 1024 * 1024;

/** Nothing must have been committed for so long before the file is made small again. */
const QUIET_MS = 5_000;

const given = workerData as WriterData;
if (parentPort === null) throw new Error('the writing thread was started as a program');
const port = parentPort;
const say = (message: FromWriter, moved: readonly ArrayBuffer[] = []): void => port.postMessage(message, moved);

const opened = openStoreFile(given.path, given.storeId);
if (opened.ok) serve(opened.value);
else {
  say({ kind: 'refused', error: opened.error });
  port.close();
}

type Packed = { readonly id: number; readonly bytes: Uint8Array<ArrayBuffer> };

function serve({ db, witness, storeId, salvaged, migrated, checked }: Opened): void {
  if (given.pagesMax !== undefined) db.pragma(`max_page_count = ${given.pagesMax}`);
  let id: Uint8Array = storeId;
  const applier = createApplier(db);
  const grouper = createGrouper(db, applier, (commits) => witness.write(id, commits));
  const cancelled = new Set<number>();
  const waiting: ToWriter[] = [];
  const compactor = createCompactor(db, applier.dropped);
  /** Checks and copies under way, which would meet a file that changes under them. */
  let walking = 0;
  let quiet: NodeJS.Timeout | undefined;

  function compactWhenQuiet(): void {
    clearTimeout(quiet);
    quiet = setTimeout(() => {
      if (walking > 0) compactWhenQuiet();
      else compact();
    }, given.quietMs ?? QUIET_MS);
  }

  function compact(): void {
    if (!db.open) return;
    try {
      if (compactor.isWanted()) say({ kind: 'compacted', result: compactor.run() });
    } catch (error) {
      say({ kind: 'compacted', result: grouper.failed(error) });
    }
  }

  function commit(first: readonly Packed[]): void {
    const group = [...first];
    let bytes = group.reduce((sum, batch) => sum + batch.bytes.length, 0);
    // Whoever asked while the last fsync ran joins this one; anything else keeps its turn.
    for (let next = take(); next !== undefined; next = take()) {
      if (next.kind !== 'commit') {
        waiting.unshift(next);
        break;
      }
      group.push(...next.batches);
      bytes += next.batches.reduce((sum, batch) => sum + batch.bytes.length, 0);
      if (group.length >= GROUP_BATCHES_MAX || bytes >= GROUP_BYTES_MAX) break;
    }
    const outcomes = grouper.commit(group.map((batch) => batch.bytes)).map((outcome, index) => ({ id: group[index]?.id ?? 0, outcome }));
    say(
      { kind: 'committed', outcomes },
      outcomes.flatMap(({ outcome }) => ('placed' in outcome ? [outcome.placed.buffer] : [])),
    );
    compactWhenQuiet();
  }

  function take(): ToWriter | undefined {
    return waiting.shift() ?? (receiveMessageOnPort(port)?.message as ToWriter | undefined);
  }

  function handle(message: ToWriter): void {
    switch (message.kind) {
      case 'commit':
        return commit(message.batches);
      case 'cancel':
        cancelled.add(message.id);
        return;
      case 'verify':
        return later(
          message.id,
          async () =>
            await walkStore(db, {
              goOn: () => !cancelled.has(message.id) && db.open,
              onProgress: (entries) => say({ kind: 'progress', id: message.id, entries }),
            }),
        );
      case 'backup':
        return later(message.id, async () => {
          closeSync(openSync(message.path, 'ax', 0o600));
          await db.backup(message.path);
          return null;
        });
      case 'renew':
        return later(message.id, async () => {
          renew(db, message.store);
          id = message.store;
          witness.write(id, readCommits(db) ?? 0);
          applier.forget();
          return null;
        });
      case 'close':
        return later(message.id, async () => {
          clearTimeout(quiet);
          if (walking === 1 && compactor.isQuick()) compact();
          witness.close();
          db.close(); // on a full disk the log stays beside the file and is folded in at the next start
          return null;
        });
    }
  }

  function later(asked: number, work: () => Promise<Extract<FromWriter, { kind: 'done' }>['value']>): void {
    walking += 1;
    const ended = (): void => void (walking -= 1);
    work()
      .finally(ended)
      .then(
        (value) => {
          say({ kind: 'done', id: asked, value });
          if (!db.open) port.close();
        },
        (error: unknown) => say({ kind: 'failed', id: asked, failure: failureOf(error) }),
      );
  }

  say({ kind: 'opened', store: storeId, salvaged, migrated, checked });
  compactWhenQuiet();
  port.on('message', (message: ToWriter) => {
    for (let next: ToWriter | undefined = message; next !== undefined; next = waiting.shift()) handle(next);
  });
}
