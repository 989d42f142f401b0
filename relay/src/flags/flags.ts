/** Feature flags: names the program knows, each on for a share of subjects that a stable hash picks; set by an operator, without a restart. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Sql } from '../db/database.js';

/** Every flag, and the share it has until an operator says otherwise. */
export const FLAGS = {
  /** Devices may report metrics. */
  'metrics-intake': 10_000,
  /** The summary tells means over everyone. */
  'fleet-summary': 10_000,
} as const;

export type FlagName = keyof typeof FLAGS;

/** Hundredths of a per cent. */
export const SHARE_ALL = 10_000;
/** A change made by one copy is known to the others so much later. */
const READ_EVERY_MS = 10_000;

export interface Flags {
  /** Whether it is on for this subject, an account or another id: the same answer each time, and growing the share turns it off for nobody. */
  on(flag: FlagName, subject: string): Promise<boolean>;
}

export interface FlagsDep {
  readonly flags: Flags;
}

export function isFlagName(name: string): name is FlagName {
  return Object.hasOwn(FLAGS, name);
}

/** 0 to 9,999; each flag shuffles its subjects anew. */
export function bucketOf(flag: FlagName, subject: string): number {
  return createHash('sha256').update(`${flag}\0${subject}`).digest().readUInt32BE(0) % SHARE_ALL;
}

/** Where shares are set: a table of the database, or a file that an operator's own tools keep. */
export type ReadShares = () => Promise<ReadonlyMap<string, number>>;

export function sharesOfTable(sql: Sql): ReadShares {
  return async () => new Map((await sql.selectFrom('flag').select(['flag', 'share']).execute()).map(({ flag, share }) => [flag, share]));
}

/** A JSON object of flags and per cents: `{"metrics-intake": 25}`. Names of no flag are an error: a typo would turn nothing off. */
export function sharesOfFile(readText: () => Promise<string>): ReadShares {
  const schema = z.partialRecord(z.enum(Object.keys(FLAGS) as FlagName[]), z.number().min(0).max(100));
  return async () => {
    const shares = schema.parse(JSON.parse(await readText()));
    return new Map(Object.entries(shares).map(([flag, percent]) => [flag, Math.round(percent * 100)]));
  };
}

export function createFlags(deps: ClockDep & LoggerDep & { readonly readShares: ReadShares }): Flags {
  let shares: ReadonlyMap<string, number> = new Map();
  let readMs = -Infinity;
  let reading: Promise<void> | null = null;
  const read = async (): Promise<void> => {
    try {
      shares = await deps.readShares();
    } catch (error) {
      // What was read last still holds: a flag is no reason to fail a request.
      deps.logger.log('warn', 'flags-unread', { error: error instanceof Error ? error.message : String(error) });
    }
    readMs = deps.clock.nowMs();
    reading = null;
  };
  return {
    on: async (flag, subject) => {
      if (Math.abs(deps.clock.nowMs() - readMs) >= READ_EVERY_MS) await (reading ??= read());
      return bucketOf(flag, subject) < (shares.get(flag) ?? FLAGS[flag]);
    },
  };
}

/** `share` in hundredths of a per cent. */
export async function setFlag(sql: Sql, flag: FlagName, share: number, nowMs: number): Promise<void> {
  if (!Number.isInteger(share) || share < 0 || share > SHARE_ALL) throw new RangeError(`a share is a whole number from 0 to ${SHARE_ALL}`);
  await sql
    .insertInto('flag')
    .values({ flag, share, changedMs: nowMs })
    .onConflict((conflict) => conflict.column('flag').doUpdateSet({ share, changedMs: nowMs }))
    .execute();
}

export interface FlagState {
  readonly flag: FlagName;
  readonly share: number;
  /** Null while it has its default. */
  readonly changedMs: number | null;
}

/** As the file has them; throws for one that cannot be read or holds anything else. */
export async function listFileFlags(readText: () => Promise<string>): Promise<readonly FlagState[]> {
  const shares = await sharesOfFile(readText)();
  return (Object.keys(FLAGS) as FlagName[]).map((flag) => ({ flag, share: shares.get(flag) ?? FLAGS[flag], changedMs: null }));
}

export async function listFlags(sql: Sql): Promise<readonly FlagState[]> {
  const set = new Map((await sql.selectFrom('flag').selectAll().execute()).map((row) => [row.flag, row]));
  return (Object.keys(FLAGS) as FlagName[]).map((flag) => ({
    flag,
    share: set.get(flag)?.share ?? FLAGS[flag],
    changedMs: set.get(flag)?.changedMs ?? null,
  }));
}
