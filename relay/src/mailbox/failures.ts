/** What the database threw, in the words of the store port. */
import { StoreBroken, StoreFull } from '@leanvibe/core/ports/store';
import { codeOf, DatabaseGone, isDiskFull } from '../db/errors.js';

/** What is not the database's doing comes back as it is. */
export function storeFailure(error: unknown): unknown {
  if (error instanceof StoreFull || error instanceof StoreBroken) return error;
  if (isDiskFull(error)) return new StoreFull('the disk of the database is full', { cause: error });
  const code = codeOf(error);
  const says = error instanceof Error ? error.message : String(error);
  if (error instanceof DatabaseGone || code.startsWith('SQLITE_') || /^[0-9A-Z]{5}$/.test(code))
    return new StoreBroken(`the database failed${code === '' ? '' : ` (${code})`}: ${says}`, { cause: error });
  return error;
}
