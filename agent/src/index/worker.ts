/** The indexing thread: everything that touches a project's files or runs git happens here. */
import { parentPort } from 'node:worker_threads';
import { IndexFailure, indexError } from './index-error.js';
import type { FromWorker, Indexed, ToWorker } from './messages.js';
import type { IndexError } from './project-index.js';
import { encodeScanned, scanFolder } from './scan.js';
import { decodeSnapshot } from './snapshot.js';

const ends = new Map<number, () => void>();

function say(message: FromWorker): void {
  const snapshot = message.kind === 'indexed' ? message.indexed.snapshot : null;
  parentPort?.postMessage(message, snapshot === null ? [] : [snapshot.buffer]);
}

function failureOf(error: unknown, path: string): IndexError {
  if (error instanceof IndexFailure) return error.failure;
  return indexError('worker-failed', path, error instanceof Error ? error.message : 'unknown');
}

async function scan({ job, path, previous }: Extract<ToWorker, { kind: 'scan' }>): Promise<void> {
  const ended = new AbortController();
  ends.set(job, () => ended.abort());
  try {
    const scanned = await scanFolder({
      path,
      signal: ended.signal,
      remembered: (folder) => decodeSnapshot(folder, previous),
      onProgress: (progress) => say({ kind: 'progress', job, progress }),
    });
    const indexed: Indexed = { summary: scanned.summary, watching: null, filesRead: scanned.filesRead, snapshot: encodeScanned(scanned) };
    say({ kind: 'indexed', job, indexed });
  } catch (error) {
    say({ kind: 'failed', job, error: failureOf(error, path) });
  } finally {
    // Git processes that are still busy for a scan that failed otherwise end with it.
    ended.abort();
    ends.delete(job);
  }
}

async function watch({ job, path, previous }: Extract<ToWorker, { kind: 'watch' }>): Promise<void> {
  let ended = false;
  ends.set(job, () => {
    ended = true;
    ends.delete(job);
  });
  const { createProjectWatch } = await import('./watch-project.js');
  if (ended) return;
  const project = createProjectWatch({
    path,
    previous,
    onIndexed: (indexed) => say({ kind: 'indexed', job, indexed }),
    onFailed: (error) => say({ kind: 'failed', job, error }),
    note: (event, fields) => say({ kind: 'note', event, fields }),
  });
  ends.set(job, () => {
    project.stop();
    ends.delete(job);
  });
}

parentPort?.on('message', (message: ToWorker) => {
  if (message.kind === 'scan') void scan(message);
  else if (message.kind === 'watch') void watch(message);
  else ends.get(message.job)?.();
});
