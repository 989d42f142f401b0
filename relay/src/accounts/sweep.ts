/** Lets go of links and codes nobody took in time. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { DatabaseDep } from '../db/database.js';

export async function sweepProofs({ db, clock }: DatabaseDep & ClockDep): Promise<void> {
  const nowMs = clock.nowMs();
  for (const table of ['pending', 'reset', 'invite'] as const) await db.sql.deleteFrom(table).where('expiresMs', '<=', nowMs).execute();
}
