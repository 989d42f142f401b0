/** One transaction for many batches: mailboxes locked in the order of their ids, known entries looked up, everything written in few statements. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { Hashing } from '@leanvibe/core/ports/crypto';
import type { RandomDep } from '@leanvibe/core/ports/random';
import type { Database, Session } from '../db/database.js';
import { transact } from '../db/transact.js';
import { OtherRun } from '../ports/mailbox-store.js';
import type { Outcome, RunTogether } from './group.js';
import type { OwnBatch } from './own-batch.js';
import { createPlacing } from './placing.js';
import { writeRecords } from './records.js';
import { readRun } from './run.js';
import { knownRows } from './known.js';
import { lockMailboxes } from './locking.js';
import { writeMailboxes, writeRows } from './writing.js';

export interface CommitDeps extends ClockDep, RandomDep {
  readonly db: Database;
  readonly hashing: Hashing;
}

type Named = { readonly space: string; readonly entryId: string };

export function createCommits(deps: CommitDeps): RunTogether {
  const { db, clock, hashing } = deps;
  return async (batches) => {
    const named = batches.flatMap(({ entries, prune, refill }): readonly Named[] => [...entries, ...prune, ...refill]);
    const ids = [...new Set(named.map(({ space }) => space))].sort();
    return await transact(db, deps, async (sql): Promise<readonly Outcome[]> => {
      const refused = await strangers(db, sql, batches);
      const locked = ids.length === 0 ? [] : await lockMailboxes(db.dialect, sql, ids);
      const there = new Set(locked.map(({ mailbox }) => mailbox));
      const known = await knownRows(
        sql,
        named.filter(({ space }) => there.has(space)),
      );
      const placing = createPlacing(hashing, locked, known);
      const outcomes = batches.map((batch) => refused.get(batch) ?? placing.apply(batch));
      await writeRows(sql, placing, clock.nowMs());
      await writeMailboxes(sql, placing.mailboxes());
      await writeRecords(sql, recordsOf(batches, outcomes));
      return outcomes;
    });
  };
}

/** Asked in the transaction that writes: what was computed from another run of the database reaches no row of this one (C33). */
async function strangers(db: Database, sql: Session, batches: readonly OwnBatch[]): Promise<ReadonlyMap<OwnBatch, Outcome>> {
  if (batches.every(({ run }) => run === null)) return new Map();
  const { name } = await readRun(db.dialect, sql);
  const others = batches.filter(({ run }) => run !== null && run !== name);
  return new Map(others.map((batch) => [batch, { error: new OtherRun('the database was restarted or replaced') }]));
}

function recordsOf(batches: readonly OwnBatch[], outcomes: readonly Outcome[]): OwnBatch['records'] {
  return batches.flatMap((batch, at) => (outcomes[at] !== undefined && 'placed' in outcomes[at] ? batch.records : []));
}
