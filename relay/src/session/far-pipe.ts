/** One pipe whose other end sits on another copy (C41): pieces in order under a window, and an end with a reason when one is lost. */
import type { Cancel, Clock } from '@leanvibe/core/ports/clock';
import type { PipeEnded, PipeSaid } from '../ports/bus.js';
import type { Joined, PipeEnd } from './local-pipes.js';

/** Shared by all of one copy, so that many pipes crowd out no hint. */
export interface FarBudget {
  /** Bytes told and not granted yet. */
  flying: number;
  /** Bytes that wait to be told. */
  waiting: number;
}

export interface FarPipe {
  /** Stands in this copy for the end that sits on the other. */
  readonly end: PipeEnd;
  /** The end that sits here is joined to it. */
  begin(joined: Joined): void;
  hear(said: Extract<PipeSaid, { say: 'data' | 'grant' | 'end' }>): void;
  /** There is room to tell more. */
  wake(): void;
}

export interface FarPipeDeps {
  readonly clock: Clock;
  readonly budget: FarBudget;
  tell(said: PipeSaid): void;
  /** Bytes were granted: others may have waited for that. */
  freed(): void;
  over(): void;
}

/** Of one pipe on its way between two copies. */
const WINDOW_BYTES = 256 * 1024;
/** Of all pipes of one copy: in base64 less than what the bus carries before it drops hints. */
const FLYING_BYTES_MAX = 8 * 1024 * 1024;
const WAITING_BYTES_MAX = 64 * 1024 * 1024;
const GRANT_BYTES = 64 * 1024;
/** While so much waits for the reader's network, nothing more is granted. */
const UNREAD_BYTES = 512 * 1024;
const LOOK_MS = 50;
const FIRST_MS = 3_000;
const BEAT_MS = 5_000;
const SILENCE_MS = 15_000;

export function createFarPipe({ budget, clock, freed, over, tell }: FarPipeDeps): FarPipe {
  const queue: Uint8Array[] = [];
  let near: Joined | null = null;
  let waiting = 0;
  let sent = 0;
  let granted = 0;
  let got = 0;
  let gotTold = 0;
  let seqOut = 0;
  let seqIn = 0;
  let heardMs: number | null = null;
  let leaving = false;
  let closed = false;
  let cancelBeat: Cancel = () => undefined;
  let cancelLook: Cancel | null = null;

  const close = (): void => {
    closed = true;
    cancelBeat();
    cancelLook?.();
    budget.flying -= sent - granted;
    budget.waiting -= waiting;
    over();
    freed();
  };
  /** Both sides are told: this one through the pipe here, the other over the bus. */
  const fail = (why: PipeEnded): void => {
    if (closed) return;
    close();
    tell({ say: 'end', why });
    near?.leave(why);
  };
  const flush = (): void => {
    while (!closed && sent - granted < WINDOW_BYTES && budget.flying < FLYING_BYTES_MAX) {
      const bytes = queue.shift();
      if (bytes === undefined) break;
      waiting -= bytes.length;
      budget.waiting -= bytes.length;
      sent += bytes.length;
      budget.flying += bytes.length;
      tell({ say: 'data', seq: seqOut++, data: Buffer.from(bytes).toString('base64') });
    }
    if (closed || !leaving || queue.length > 0) return;
    close();
    tell({ say: 'end', why: 'left' });
  };
  const grant = (): void => {
    if (closed || cancelLook !== null || got - gotTold < GRANT_BYTES) return;
    if ((near?.queuedBytes() ?? 0) > UNREAD_BYTES) {
      cancelLook = clock.after(LOOK_MS, () => {
        cancelLook = null;
        grant();
      });
      return;
    }
    gotTold = got;
    tell({ say: 'grant', seq: seqOut, got });
  };
  const beat = (afterMs: number): void => {
    cancelBeat = clock.after(afterMs, () => {
      if (heardMs === null || clock.nowMs() - heardMs > SILENCE_MS) return fail('lost');
      tell({ say: 'grant', seq: seqOut, got: gotTold });
      beat(BEAT_MS);
    });
  };

  return {
    end: {
      met: () => undefined,
      data(bytes) {
        if (closed || leaving) return;
        if (budget.waiting + bytes.length > WAITING_BYTES_MAX) return fail('slow');
        queue.push(bytes);
        waiting += bytes.length;
        budget.waiting += bytes.length;
        flush();
      },
      ended(why) {
        if (closed) return;
        // What was said before leaving is still told.
        if (why === 'left') {
          leaving = true;
          return flush();
        }
        close();
        tell({ say: 'end', why });
      },
      nobody: () => fail('left'),
      queuedBytes: () => waiting + sent - granted,
    },
    begin(joined) {
      near = joined;
      tell({ say: 'grant', seq: 0, got: 0 });
      beat(FIRST_MS);
    },
    hear(said) {
      if (closed) return;
      heardMs = clock.nowMs();
      switch (said.say) {
        case 'end':
          close();
          return near?.leave(said.why);
        case 'grant': {
          if (said.seq !== seqIn) return fail('lost');
          const now = Math.max(granted, Math.min(said.got, sent));
          budget.flying -= now - granted;
          granted = now;
          flush();
          return freed();
        }
        case 'data': {
          if (said.seq !== seqIn) return fail('lost');
          seqIn++;
          const bytes = new Uint8Array(Buffer.from(said.data, 'base64'));
          got += bytes.length;
          near?.send(bytes);
          return grant();
        }
      }
    },
    wake: flush,
  };
}
