/** The main thread's half of a hashing thread: sends what is to be hashed, settles the answers, and holds the process only while one is asked. */
import { Worker } from 'node:worker_threads';
import type { FromHasher, HashAsk, ToHasher } from './hash-messages.js';

export interface HashThread {
  /** Rejects when the hash is none, or the thread ended. */
  ask(ask: HashAsk): Promise<string | boolean>;
  waiting(): number;
  close(): Promise<void>;
}

interface Asked {
  settle(answer: string | boolean): void;
  reject(error: Error): void;
}

/** A thread that ended is begun anew when it is needed. */
export function createHashThread(): HashThread {
  const asked = new Map<number, Asked>();
  let nextId = 1;
  let worker: Worker | null = null;

  const begin = (): Worker => {
    const begun = new Worker(new URL('./hash-worker.js', import.meta.url), { name: 'passwords' });
    const end = (why: string): void => {
      if (worker === begun) worker = null;
      for (const one of asked.values()) one.reject(new Error(`the hashing thread ended: ${why}`));
      asked.clear();
    };
    begun.on('message', (message: FromHasher) => {
      const one = asked.get(message.id);
      asked.delete(message.id);
      if (asked.size === 0) begun.unref();
      if ('failure' in message) one?.reject(new Error(message.failure));
      else one?.settle('hash' in message ? message.hash : message.isRight);
    });
    begun.on('error', (error) => end(error.message));
    begun.on('exit', (code) => end(`code ${code}`));
    return begun;
  };

  return {
    ask: (ask) =>
      new Promise((settle, reject) => {
        worker ??= begin();
        const message: ToHasher = { id: nextId++, ask };
        asked.set(message.id, { settle, reject });
        worker.ref();
        worker.postMessage(message);
      }),
    waiting: () => asked.size,
    async close() {
      await worker?.terminate();
    },
  };
}
