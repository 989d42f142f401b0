/** What one look at a relay from outside found, and when all of them together are good enough. */

export interface Outcome {
  /** `health`, `database`, `header:content-security-policy`, … */
  readonly check: string;
  /** One of these failing fails the probe, whatever the share. */
  readonly essential: boolean;
  readonly ok: boolean;
  /** What was found, or why it is wrong. */
  readonly reason: string;
  readonly tookMs: number;
}

export interface Verdict {
  readonly ok: boolean;
  /** Whole percents of checks that passed. */
  readonly passedPercent: number;
  readonly requiredPercent: number;
  readonly outcomes: readonly Outcome[];
}

export const REQUIRED_PERCENT = 85;

export function judge(outcomes: readonly Outcome[], requiredPercent: number): Verdict {
  const passed = outcomes.filter(({ ok }) => ok).length;
  const passedPercent = outcomes.length === 0 ? 0 : Math.floor((passed * 100) / outcomes.length);
  const broken = outcomes.some(({ ok, essential }) => essential && !ok);
  return { ok: !broken && passedPercent >= requiredPercent, passedPercent, requiredPercent, outcomes };
}
