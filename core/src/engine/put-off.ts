/** Records that may wait for the next commit: losing them costs a recomputation, writing them alone would cost a flush. The last word on a key wins. */
import type { Batch, RecordKey } from '../ports/store.js';

export type Put = NonNullable<Batch['put']>[number];

export interface PutOff {
  later(puts: readonly Put[], removes?: readonly RecordKey[]): void;
  /** Commits the batch with everything put off; on failure all of that waits on. */
  commit(batch: Batch): Promise<void>;
  /** Commits if anything waits. */
  flush(): Promise<void>;
}

type Word = { readonly put: Put } | { readonly remove: RecordKey };

const nameOf = ({ table, key }: RecordKey): string => `${table}\n${key}`;

export function createPutOff(commit: (batch: Batch) => Promise<void>): PutOff {
  let waiting = new Map<string, Word>();

  const say = (words: Map<string, Word>, puts: readonly Put[], removes: readonly RecordKey[]): void => {
    for (const remove of removes) words.set(nameOf(remove), { remove });
    for (const put of puts) words.set(nameOf(put), { put });
  };
  const commitAll = async (batch: Batch): Promise<void> => {
    const before = waiting;
    waiting = new Map();
    const words = new Map(before);
    say(words, batch.put ?? [], batch.remove ?? []);
    const put: Put[] = [];
    const remove: RecordKey[] = [];
    for (const word of words.values()) {
      if ('put' in word) put.push(word.put);
      else remove.push(word.remove);
    }
    try {
      await commit({ ...batch, put, remove });
    } catch (error) {
      // What was said meanwhile is newer.
      waiting = new Map([...before, ...waiting]);
      throw error;
    }
  };
  return {
    later: (puts, removes = []) => say(waiting, puts, removes),
    commit: commitAll,
    flush: () => (waiting.size > 0 ? commitAll({}) : Promise.resolve()),
  };
}
