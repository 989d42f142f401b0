/** Group commit: what arrives while one transaction is under way goes together in the next, and a failing batch spoils no other. */
import { createQueue, type Queue } from '@leanvibe/core/base/queue';
import type { Placed } from '@leanvibe/core/ports/store';
import { DatabaseGone } from '../db/errors.js';
import type { OwnBatch } from './own-batch.js';

export type Outcome = { readonly placed: readonly Placed[] } | { readonly error: unknown };

/** One transaction: an outcome for each batch, in order; throws when it came to nothing. */
export type RunTogether = (batches: readonly OwnBatch[]) => Promise<readonly Outcome[]>;

export interface Group {
  commit(batch: OwnBatch): Promise<readonly Placed[]>;
  /** Resolves when everything handed over so far has its outcome. */
  idle(): Promise<void>;
}

const BATCHES_MAX = 256;
const BYTES_MAX = 8 * 1024 * 1024;

interface Waiting {
  readonly batch: OwnBatch;
  settle(placed: readonly Placed[]): void;
  reject(error: unknown): void;
}

export function createGroup(run: RunTogether): Group {
  const waiting: Waiting[] = [];
  const queue: Queue = createQueue();

  function taken(): readonly Waiting[] {
    let bytes = 0;
    const fits = waiting.findIndex(({ batch }, at) => {
      bytes += batch.bytes;
      return at >= BATCHES_MAX || (at > 0 && bytes > BYTES_MAX);
    });
    return waiting.splice(0, fits < 0 ? waiting.length : fits);
  }

  async function alone(one: Waiting): Promise<void> {
    try {
      const [outcome] = await run([one.batch]);
      settle(one, outcome);
    } catch (error) {
      one.reject(error);
    }
  }

  async function next(): Promise<void> {
    const together = taken();
    const [first] = together;
    if (first === undefined) return; // taken with those before it
    if (together.length === 1) return await alone(first);
    try {
      const outcomes = await run(together.map((one) => one.batch));
      together.forEach((one, at) => settle(one, outcomes[at]));
    } catch (error) {
      // A database that is away is away for each of them too.
      if (error instanceof DatabaseGone) for (const one of together) one.reject(error);
      else for (const one of together) await alone(one);
    }
  }

  return {
    commit: (batch) =>
      new Promise((settled, reject) => {
        waiting.push({ batch, settle: settled, reject });
        void queue.run(next); // it rejects nothing: every outcome goes to its own caller
      }),
    idle: () => queue.idle(),
  };
}

function settle(one: Waiting, outcome: Outcome | undefined): void {
  if (outcome === undefined) one.reject(new Error('impossible: a batch without an outcome'));
  else if ('placed' in outcome) one.settle(outcome.placed);
  else one.reject(outcome.error);
}
