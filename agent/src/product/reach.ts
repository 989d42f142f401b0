/** Which devices can be reached, and the words for documents by that: with how many devices they are, who is away and since when. */
import type { WhyRow } from '@leanvibe/core/engine/api';
import { detailOf } from './words.js';

export interface Reach {
  /** Devices in step with this one now. */
  readonly connected: ReadonlySet<string>;
  lastSeenMs(device: string): number | null;
  readonly nowMs: number;
  readonly discovery: 'on' | 'off' | 'failed';
  /** False when no port could be opened. */
  readonly listening: boolean;
}

/** The other devices that should have a document. */
export interface Others {
  readonly total: number;
  readonly with: number;
  /** Names of those not reached. */
  readonly away: readonly string[];
  /** The same with when each was last seen. */
  readonly seen: readonly string[];
}

const NAMES_MAX = 3;

export function whyDetail(row: Pick<WhyRow, 'state' | 'reason' | 'count'>, others: Others): string {
  const detail = detailOf(row);
  if (others.total === 0)
    return row.state === 'in-step'
      ? `${detail}; only on this device`
      : detail.replace('no other device is reachable', 'only on this device');
  const more = others.seen.length > NAMES_MAX ? ` and ${others.seen.length - NAMES_MAX} more` : '';
  const away = `${others.seen.slice(0, NAMES_MAX).join(', ')}${more}`;
  if (row.reason === 'nobody-connected' && others.away.length > 0)
    return detail.replace('no other device is reachable', `not reachable: ${away}`);
  if (row.state !== 'in-step') return detail;
  const held = others.with === 0 ? '' : `; with ${others.with === 1 ? '1 device' : `${others.with} devices`}`;
  return `${detail}${held}${others.away.length === 0 ? '' : `; not reachable: ${away}`}`;
}

/** How long something took or has lasted. */
export function sinceWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  const days = Math.floor(seconds / 86_400);
  return days === 1 ? '1 day' : `${days} days`;
}
