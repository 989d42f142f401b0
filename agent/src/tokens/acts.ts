/** What a token did here, one row each, written before the deed itself: nothing a robot changed is missing from its list. */
import type { Json } from '@leanvibe/core/doc/crdt';
import type { TokenId } from '@leanvibe/protocol/ids';

export interface Act {
  readonly atMs: number;
  /** The control method, such as `task.add`. */
  readonly method: string;
  /** The project's id. */
  readonly project: string;
  /** What it was about, such as a task's id. */
  readonly item: string | null;
  /** `begun`: the agent ended before the deed did, which may have happened. Otherwise `done`, or the refusal's code. */
  readonly outcome: string;
}

/** Rows kept of one token; the signed changes themselves stay. */
export const ACTS_KEPT = 1_000;

export const actsPrefix = (id: TokenId): string => `robot-act/${id}/`;
/** Sorts by number. */
export const actKey = (id: TokenId, number: number): string => `${actsPrefix(id)}${number.toString(16).padStart(12, '0')}`;

export function writeAct(act: Act): Json {
  return { ...act };
}

export function readAct(value: Json): Act | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const { atMs, method, project, item, outcome } = value as Readonly<Record<string, unknown>>;
  if (typeof atMs !== 'number' || typeof method !== 'string' || typeof project !== 'string' || typeof outcome !== 'string') return null;
  return { atMs, method, project, item: typeof item === 'string' ? item : null, outcome };
}
