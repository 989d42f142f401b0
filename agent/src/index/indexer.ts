/** The agent's door to the indexer: asks the worker, and starts another when one dies. Nothing here touches a project's files. */
import { Worker } from 'node:worker_threads';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import { indexError } from './index-error.js';
import { CANCEL_GRACE_MS, WORKER_HEAP_MB, WORKER_RESTART_MS, WORKER_YOUNG_HEAP_MB } from './limits.js';
import type { FromWorker, Indexed } from './messages.js';
import type { IndexError, IndexProgress, ProjectIndex } from './project-index.js';
import { createThread, type Thread } from './thread.js';
import { workerFile } from '../system/places.js';

export interface IndexerDep extends LoggerDep, ClockDep {
  /** Where not the ordinary one: starts the thread that runs `worker.js`. */
  readonly startWorker?: () => Worker;
}

export interface ScanOptions {
  readonly signal?: AbortSignal;
  /** `done` never falls while `total` stays. */
  readonly onProgress?: (progress: IndexProgress) => void;
  /** The `snapshot` of an earlier index of the same folder. */
  readonly previous?: Uint8Array | null;
}

export interface Indexer {
  /** Indexes a folder; many may run at once. Never rejects. */
  scan(path: string, options?: ScanOptions): Promise<Result<ProjectIndex, IndexError>>;
  /**
   * Tells the index at once and again whenever it differs; an error when the folder cannot be read now (it goes on trying).
   * A single edited file is told within about 200 ms, a new branch or file within a second in an ordinary repository.
   */
  watch(path: string, previous: Uint8Array | null, onChange: (index: Result<ProjectIndex, IndexError>) => void): () => void;
  /** Ends everything; scans under way answer `cancelled`. */
  close(): Promise<void>;
}

interface Job {
  readonly kind: 'scan' | 'watch';
  readonly path: string;
  previous: Uint8Array | null;
  readonly onProgress: ((progress: IndexProgress) => void) | undefined;
  readonly onAnswer: (answer: Result<Indexed, IndexError>) => void;
}

function ordinaryWorker(): Worker {
  return new Worker(workerFile('index'), {
    name: 'leanvibe-index',
    resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MB, maxYoungGenerationSizeMb: WORKER_YOUNG_HEAP_MB },
  });
}

function finish({ summary, watching, filesRead, snapshot }: Indexed, nowMs: number): ProjectIndex {
  return { ...summary, watching, filesRead, snapshot, indexedAt: new Date(nowMs).toISOString() };
}

/** Who waits for what the thread says. */
function createJobs({ logger, clock, startWorker = ordinaryWorker }: IndexerDep) {
  const jobs = new Map<number, Job>();
  let lastJob = 0;
  let stopRestart: Cancel = () => undefined;

  const begin = (number: number, { kind, path, previous }: Job): void => {
    thread.say({ kind, job: number, path, previous });
    thread.hold(true);
  };

  const onMessage = (message: FromWorker): void => {
    if (message.kind === 'note') return logger.log('warn', message.event, message.fields);
    const job = jobs.get(message.job);
    if (job === undefined) return;
    if (message.kind === 'progress') return job.onProgress?.(message.progress);
    if (job.kind === 'scan') {
      jobs.delete(message.job);
      thread.hold(jobs.size > 0);
    }
    job.onAnswer(message.kind === 'indexed' ? ok(message.indexed) : err(message.error));
  };

  /** Scans answer that it failed; watches begin again in another thread, from what was last known. */
  const onDeath = (why: string): void => {
    logger.log('error', 'index.worker.died', { why });
    for (const [number, job] of [...jobs]) {
      if (job.kind === 'scan') jobs.delete(number);
      job.onAnswer(err(indexError('worker-failed', job.path, why)));
    }
    stopRestart();
    stopRestart = clock.after(WORKER_RESTART_MS, () => {
      for (const [number, job] of jobs) if (job.kind === 'watch') begin(number, job);
    });
  };

  const thread: Thread = createThread({ clock, startWorker, onMessage, onDeath });

  const add = (job: Job): number => {
    const number = (lastJob += 1);
    jobs.set(number, job);
    begin(number, job);
    return number;
  };

  /** Told to stop; a scan answers when it did. */
  const end = (number: number): void => {
    if (thread.isRunning()) thread.say({ kind: 'end', job: number });
  };

  const remove = (number: number): boolean => {
    const known = jobs.delete(number);
    thread.hold(jobs.size > 0);
    return known;
  };

  const close = async (): Promise<void> => {
    const open = [...jobs.values()];
    jobs.clear();
    stopRestart();
    for (const job of open) if (job.kind === 'scan') job.onAnswer(err(indexError('cancelled', job.path)));
    await thread.letGo();
  };

  return { add, end, remove, close, killer: thread.killer };
}

export function createIndexer(dep: IndexerDep): Indexer {
  const { clock } = dep;
  const jobs = createJobs(dep);

  const scan: Indexer['scan'] = (path, { signal, onProgress, previous = null } = {}) =>
    new Promise((answer) => {
      if (signal?.aborted) return answer(err(indexError('cancelled', path)));
      let stopGrace: Cancel = () => undefined;
      const cancel = (): void => {
        jobs.end(number);
        // A thread stuck in one system call (a dead network disk) hears nothing: it goes, and takes no one's answer with it.
        stopGrace = clock.after(CANCEL_GRACE_MS, jobs.killer());
        answer(err(indexError('cancelled', path)));
      };
      const onAnswer = (result: Result<Indexed, IndexError>): void => {
        stopGrace();
        signal?.removeEventListener('abort', cancel);
        answer(result.ok ? ok(finish(result.value, clock.nowMs())) : result);
      };
      const tell = (progress: IndexProgress): void => {
        if (!signal?.aborted) onProgress?.(progress);
      };
      const number = jobs.add({ kind: 'scan', path, previous, onProgress: tell, onAnswer });
      signal?.addEventListener('abort', cancel, { once: true });
    });

  const watch: Indexer['watch'] = (path, previous, onChange) => {
    const job: Job = {
      kind: 'watch',
      path,
      previous,
      onProgress: undefined,
      onAnswer: (result) => {
        if (result.ok && result.value.snapshot !== null) job.previous = result.value.snapshot;
        onChange(result.ok ? ok(finish(result.value, clock.nowMs())) : result);
      },
    };
    const number = jobs.add(job);
    return () => {
      if (jobs.remove(number)) jobs.end(number);
    };
  };

  return { scan, watch, close: jobs.close };
}
