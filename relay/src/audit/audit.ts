/** Writes the audit trail: what happened is queued and written many rows at a time, so that no request waits for it. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { RandomDep } from '@leanvibe/core/ports/random';
import { newUuid, type SecretsDep } from '../accounts/secrets.js';
import type { DatabaseDep } from '../db/database.js';
import type { Months } from '../db/months.js';
import type { Audit } from '../ports/audit.js';
import type { AuditTable } from './tables.js';

export interface AuditDeps extends DatabaseDep, ClockDep, RandomDep, LoggerDep, SecretsDep {
  readonly count: (reason: string) => void;
  readonly auditLost: () => void;
  /** Of `AUDIT_MONTHS`. */
  readonly months: Pick<Months, 'ensure'>;
}

const GATHER_MS = 100;
const RETRY_MS = 2_000;
const ROWS_AT_ONCE = 200;
/** What is held while the database is away; beyond it what comes is lost, counted and logged. */
const HELD_MAX = 20_000;

export function createAudit(deps: AuditDeps): Audit {
  const { clock, random, secrets, logger, count, auditLost, months } = deps;
  let held: AuditTable[] = [];
  let writing: Promise<void> | null = null;
  let timer: (() => void) | null = null;

  const wake = (afterMs: number): void => {
    timer ??= clock.after(afterMs, () => {
      timer = null;
      void write();
    });
  };
  const write = (): Promise<void> => {
    writing ??= drain().finally(() => (writing = null));
    return writing;
  };
  const drain = async (): Promise<void> => {
    while (held.length > 0) {
      const rows = held.slice(0, ROWS_AT_ONCE);
      try {
        await months.ensure(rows.map((row) => row.atMs));
        // A batch whose answer was lost is written again: its ids are known then.
        await deps.db.sql
          .insertInto('audit')
          .values(rows)
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      } catch (error) {
        count('audit-delayed');
        logger.log('error', 'audit-delayed', { rows: held.length, why: error instanceof Error ? error.name : 'unknown' });
        return wake(RETRY_MS);
      }
      held = held.slice(rows.length);
    }
  };
  const flush = async (): Promise<void> => {
    timer?.();
    timer = null;
    await write();
    if (held.length > 0) await write();
  };
  return {
    note({ account, device, act, subject, outcome, address }) {
      const hashed = address === null ? null : secrets.blind('address', address);
      // While a batch is being written it stands at the front, so the newest are what is given up.
      if (held.length >= HELD_MAX) {
        auditLost();
        return logger.log('error', 'audit-lost', { act });
      }
      held.push({ audit: newUuid(random), atMs: clock.nowMs(), account, device, act, subject, outcome, address: hashed });
      wake(GATHER_MS);
    },
    flush,
    async close() {
      await flush();
      timer?.();
      if (held.length === 0) return;
      for (let at = 0; at < held.length; at++) auditLost();
      logger.log('error', 'audit-lost-at-end', { rows: held.length });
      held = [];
    },
  };
}
