/** The control API's view of robots: whoever shows a token's secret is let in with what that token permits, or turned away with a counted reason. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import { err, type Result } from '@leanvibe/core/base/result';
import type { Handlers } from './call.js';
import type { ControlError } from './error.js';
import type { FeedReader, NewFeedEvent } from './feed.js';

export interface Robot {
  /** The methods this token permits, and no others; each looks again at what it may see. */
  readonly handlers: Partial<Handlers>;
  /** Aborted when the token ends. */
  readonly ended: AbortSignal;
  /** What its live feed begins with, and lets through. */
  readonly hello: NewFeedEvent;
  readonly reader: FeedReader;
}

export interface Refused {
  /** Counted in `status`. */
  readonly reason: 'control-token' | 'control-token-ended' | 'control-token-rate';
  readonly error: ControlError;
}

/** Anything that claims to be a bearer's secret comes here, unless it is the owner's. */
export type Door = (secret: string | null) => Result<Robot, Refused>;

export const NO_TOKEN: Refused = {
  reason: 'control-token',
  error: {
    code: 'unauthorised',
    message: 'this request carries no valid token',
    fix: 'the token is in the home folder; the leanvibe command reads it by itself',
  },
};

const BAD_MAX = 60;
const BAD_WINDOW_MS = 60_000;

/** Wrong secrets beyond a few a minute are told so: whoever tries many has lost its token, or hunts for one. Right ones are let in all the same. */
export function limited({ clock }: ClockDep, door: Door): Door {
  let bad = 0;
  let sinceMs = clock.nowMs();
  return (secret) => {
    const entered = door(secret);
    if (entered.ok || secret === null) return entered;
    const nowMs = clock.nowMs();
    if (nowMs - sinceMs >= BAD_WINDOW_MS || nowMs < sinceMs) {
      bad = 0;
      sinceMs = nowMs;
    }
    bad += 1;
    if (bad <= BAD_MAX) return entered;
    return err({
      reason: 'control-token-rate',
      error: { code: 'too-many', message: 'too many wrong tokens were tried', fix: 'wait a minute' },
    });
  };
}
