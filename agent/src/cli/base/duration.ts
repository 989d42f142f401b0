/** Spans of time as people type them: 90s, 30m, 12h, 30d, 2w. */
import { wrongUse } from './failure.js';
import { shown } from './usage.js';

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 7 * 86_400 };

/** Whole seconds, at least one. `name`: how the span is called in the refusal. */
export function secondsOf(name: string, typed: string, secondsMax: number): number {
  const [, amount = '', unit = ''] = /^(\d{1,9})([smhdw])$/.exec(typed.trim()) ?? [];
  const seconds = Number(amount) * (UNIT_SECONDS[unit] ?? 0);
  if (amount === '' || seconds < 1) throw wrongUse(`${name} must be a span of time such as 12h or 30d, not ${shown(typed)}`);
  if (seconds > secondsMax) throw wrongUse(`${name} may be ${Math.floor(secondsMax / 86_400)}d at most, not ${shown(typed)}`);
  return seconds;
}
