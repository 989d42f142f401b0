/** One worker thread and the watch over it: it ends a thread that stays at one piece of work too long, or that dies by itself. */
import { Worker } from 'node:worker_threads';
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';
import { BUSY, PROGRESS, type Reply, type Request, type WorkerSetup } from './messages.js';
import { workerFile } from '../system/places.js';

export interface ThreadOptions {
  /** For one remote payload. */
  readonly budgetMs: number;
  /** For one local edit, view, load or save. */
  readonly localBudgetMs: number;
  readonly maxOldGenerationMb: number;
  readonly model: boolean;
  /** Whether it warms up while nothing is asked for. */
  readonly warm: boolean;
}

/** Why a thread is gone, and which request (modulo 2^31) and payload it was at; null when it was idle. */
export interface Death {
  readonly reason: 'budget' | 'memory' | 'crash';
  readonly at: { readonly request: number; readonly index: number } | null;
  /** False for a thread that never answered anything. */
  readonly lived: boolean;
}

export interface Thread {
  post(requests: readonly Request[], buffers: readonly ArrayBuffer[]): void;
  stop(): Promise<void>;
}

export interface ThreadEvents {
  onReplies(replies: readonly Reply[]): void;
  /** True when it has been at one remote payload for half its time, false when it turned to something else after all. */
  onSlow(slow: boolean): void;
  /** True while calls wait for an answer: only then is the thread watched and the program kept alive. */
  pending(): boolean;
  /** Called at most once, never after `stop`. Nothing arrives afterwards. */
  onDeath(death: Death): void;
}

const TICKS = 8;

export function startThread({ clock }: ClockDep, options: ThreadOptions, events: ThreadEvents): Thread {
  const shared = new SharedArrayBuffer(PROGRESS.slots * 4);
  const progress = new Int32Array(shared);
  const setup: WorkerSetup = { progress: shared, model: options.model, warm: options.warm };
  const worker = new Worker(workerFile('docworker'), {
    workerData: setup,
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: options.maxOldGenerationMb, stackSizeMb: 4 },
  });
  let gone = false;
  let lived = false;
  let cancel: Cancel | null = null;

  const die = (reason: Death['reason']): void => {
    if (gone) return;
    gone = true;
    cancel?.();
    const busy = Atomics.load(progress, PROGRESS.busy) !== BUSY.idle;
    const at = busy ? { request: progress[PROGRESS.request] as number, index: progress[PROGRESS.index] as number } : null;
    // Ends at the next loop iteration or call of whatever runs there; nobody waits for it.
    void worker.terminate();
    events.onDeath({ reason, at, lived });
  };
  worker.on('message', (replies: readonly Reply[]) => {
    lived = true;
    if (!gone) events.onReplies(replies);
    if (!events.pending()) worker.unref();
  });
  worker.on('error', (error: Error & { readonly code?: string }) => die(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'crash'));
  worker.on('exit', () => die('crash'));
  worker.unref();

  // Ticks are counted rather than clocks compared: a machine that slept, or a busy main thread, accuses nobody.
  const watch = (): void => {
    if (cancel !== null || gone) return;
    let step = Atomics.load(progress, PROGRESS.step);
    let seen = 0;
    let slow = false;
    const tick = (): void => {
      cancel = null;
      if (gone || !events.pending()) {
        if (slow && !gone) events.onSlow(false);
        return;
      }
      const busy = Atomics.load(progress, PROGRESS.busy);
      const now = Atomics.load(progress, PROGRESS.step);
      seen = now === step ? seen + 1 : 1;
      step = now;
      const spent = (seen * options.budgetMs) / TICKS;
      if (busy !== BUSY.idle && spent > (busy === BUSY.remote ? options.budgetMs : options.localBudgetMs)) return die('budget');
      const isSlow = busy === BUSY.remote && spent > options.budgetMs / 2;
      if (isSlow !== slow) events.onSlow((slow = isSlow));
      cancel = clock.after(options.budgetMs / TICKS, tick);
    };
    cancel = clock.after(options.budgetMs / TICKS, tick);
  };

  return {
    post(requests, buffers) {
      worker.ref();
      worker.postMessage(requests, [...buffers]);
      watch();
    },
    async stop() {
      gone = true;
      cancel?.();
      await worker.terminate();
    },
  };
}
