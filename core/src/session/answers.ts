/** Notices within seconds that a peer no longer answers, although its channel stands: a cable, a tunnel or a sleeping machine swallows packets without a word. */
import type { Cancel, Clock } from '../ports/clock.js';

export interface AnswerWatch {
  /** Something that deserves an answer was sent. */
  sent(): void;
  /** Anything came. */
  heard(): void;
  stop(): void;
}

/** Waited for an answer before a ping asks for one, and again before the peer counts as silent, in milliseconds. */
const ANSWER_MS = 1_000;

export function createAnswerWatch(clock: Clock, tell: { ping(): void; silent(silent: boolean): void }): AnswerWatch {
  let waiting: 'nothing' | 'answer' | 'pong' | 'anything' | 'ended' = 'nothing';
  let cancel: Cancel = () => undefined;

  const late = (): void => {
    if (waiting === 'answer') {
      waiting = 'pong';
      cancel = clock.after(ANSWER_MS, late);
      tell.ping();
    } else if (waiting === 'pong') {
      waiting = 'anything';
      tell.silent(true);
    }
  };
  return {
    sent() {
      if (waiting !== 'nothing') return;
      waiting = 'answer';
      cancel = clock.after(ANSWER_MS, late);
    },
    heard() {
      if (waiting === 'nothing' || waiting === 'ended') return;
      cancel();
      const wasSilent = waiting === 'anything';
      waiting = 'nothing';
      if (wasSilent) tell.silent(false);
    },
    stop() {
      cancel();
      waiting = 'ended';
    },
  };
}
