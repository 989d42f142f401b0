/** The relay's database as a test breaks it: transactions that are done while their answer is lost, or never begin, and a word before one does. */
import type { Database, Sql } from '@leanvibe/relay/internal/db/database';
import { DatabaseGone } from '@leanvibe/relay/internal/db/errors';
import type { Tables } from '@leanvibe/relay/internal/db/tables';
import type { Transaction } from 'kysely';
import type { VirtualClock } from './clock.js';

export interface BreakableDatabase {
  readonly db: Database;
  /** The next so many transactions are committed, and whoever waits is told that the line broke. */
  loseAnswers(transactions: number): void;
  /** The next so many are not even begun. */
  goAway(transactions: number): void;
  /** Done right before the next one begins. */
  beforeNext(work: () => Promise<void>): void;
}

type Work = (sql: Transaction<Tables>) => Promise<unknown>;

export function breakable(real: Database): BreakableDatabase {
  let [lost, away] = [0, 0];
  let before: (() => Promise<void>) | null = null;
  const execute = async (work: Work): Promise<unknown> => {
    const first = before;
    before = null;
    await first?.();
    if (away-- > 0) throw new DatabaseGone('the database does not answer', { perhapsDone: false });
    away = 0;
    const done = await real.sql.transaction().execute(work);
    if (lost-- > 0) throw new DatabaseGone('the database was lost while it worked', { perhapsDone: true });
    lost = 0;
    return done;
  };
  const sql = new Proxy(real.sql, {
    get(target, name) {
      if (name === 'transaction') return () => ({ execute });
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  }) as Sql;
  return {
    db: { ...real, sql, reads: sql },
    loseAnswers: (transactions) => void (lost = transactions),
    goAway: (transactions) => void (away = transactions),
    beforeNext: (work) => void (before = work),
  };
}

/** What waits a while between tries, by the test's clock. */
export async function whileTimePasses<T>(clock: VirtualClock, asked: Promise<T>): Promise<T> {
  let done = false;
  const end = (): void => void (done = true);
  asked.then(end, end);
  while (!done) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    await clock.advance(10);
  }
  return asked;
}
