/** The one worker thread of an indexer: started when first spoken to, let go when idle, mourned when it dies. */
import type { Worker } from 'node:worker_threads';
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';
import { IDLE_WORKER_MS } from './limits.js';
import type { FromWorker, ToWorker } from './messages.js';

export interface Thread {
  say(message: ToWorker): void;
  /** Whether there is work: an idle thread keeps no process alive, and goes after ten seconds. */
  hold(busy: boolean): void;
  /** Ends it without mourning. */
  letGo(): Promise<void>;
  readonly isRunning: () => boolean;
  /** A function that kills the thread running now, and no later one. */
  killer(): () => void;
}

export interface ThreadDep extends ClockDep {
  readonly startWorker: () => Worker;
  readonly onMessage: (message: FromWorker) => void;
  /** It ended by itself; the next word starts another. */
  readonly onDeath: (why: string) => void;
}

function causeOf(error: Error): string {
  return 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'out of memory' : error.name;
}

export function createThread({ clock, startWorker, onMessage, onDeath }: ThreadDep): Thread {
  let worker: Worker | null = null;
  let stopIdle: Cancel = () => undefined;

  const start = (): Worker => {
    const fresh = startWorker();
    const bury = (why: string): void => {
      if (worker !== fresh) return;
      worker = null;
      onDeath(why);
    };
    fresh.on('message', onMessage);
    fresh.on('error', (error) => bury(causeOf(error)));
    fresh.on('exit', (code) => bury(`exit code ${code}`));
    return fresh;
  };

  const letGo = async (): Promise<void> => {
    const old = worker;
    worker = null;
    stopIdle();
    await old?.terminate();
  };

  const hold = (busy: boolean): void => {
    stopIdle();
    if (busy) return worker?.ref();
    worker?.unref();
    if (worker !== null) stopIdle = clock.after(IDLE_WORKER_MS, () => void letGo());
  };

  const killer = (): (() => void) => {
    const asked = worker;
    return () => void asked?.terminate();
  };

  return { say: (message) => (worker ??= start()).postMessage(message), hold, letGo, isRunning: () => worker !== null, killer };
}
