/** Calls to one worker thread at a time, in order; a thread that ends is replaced, at once if it was seen to be slow before. */
import { CommandRefused } from '@leanvibe/core/doc/crdt';
import { ReplicaClosed } from '@leanvibe/core/doc/host';
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import { type Answer, buffersOf, type LocalCall, type Reply, wireCall } from './messages.js';
import { type Death, startThread, type Thread, type ThreadOptions } from './thread.js';

/** What a call comes to when the thread died over it. */
export interface Killed {
  readonly killedAt: number;
}

export interface LineOptions extends ThreadOptions {
  /** Runs only while there is something to ask: started by the first question, ended after so many quiet milliseconds. Null: always there. */
  readonly restMs: number | null;
}

export interface LineEvents {
  /** A thread ended, and everything it held with it. `at`: the call it ended over. Told before whoever asked hears of it. */
  ended(at: LocalCall | null): void;
  /** A call failed; `closed`: and cost its document the replica. */
  failed(call: LocalCall, closed: boolean): void;
  /** Documents the thread holds, for the log. */
  documents(): number;
}

export interface Line {
  /** Rejects with ReplicaClosed when the thread ended meanwhile; but an inspection goes on with the next thread unless it was at fault itself. */
  ask(call: LocalCall): Promise<Answer | Killed>;
  stop(): Promise<void>;
}

interface Waiting {
  readonly id: number;
  readonly call: LocalCall;
  readonly resolve: (answer: Answer | Killed) => void;
  readonly reject: (error: Error) => void;
}

/** How long to wait before replacing a thread that died before it ever answered, so that a broken installation does not spin. */
const RESTART_MS = 1000;

export function createLine({ clock, logger }: ClockDep & LoggerDep, options: LineOptions, events: LineEvents): Line {
  const waiting = new Map<number, Waiting>();
  let unsent: Waiting[] = [];
  let nextId = 1;
  let thread: Thread | null = null;
  /** Started when the other was slow over one payload: most such threads are ended, and starting one takes a while on a busy machine. */
  let spare: Thread | null = null;
  let restart: Cancel | null = null;
  let rest: Cancel | null = null;
  let stopped = false;

  const send = (): void => {
    if (thread === null || unsent.length === 0) return;
    const batch = unsent.map(({ id, call }) => ({ id, call: wireCall(call) }));
    unsent = [];
    thread.post(
      batch,
      batch.flatMap(({ call }) => buffersOf(call)),
    );
  };

  const onReplies = (replies: readonly Reply[]): void => {
    for (const reply of replies) {
      const one = waiting.get(reply.id);
      if (one === undefined) continue;
      waiting.delete(reply.id);
      if ('answer' in reply) one.resolve(reply.answer);
      else {
        one.reject(errorFrom(reply.failure));
        events.failed(one.call, reply.closed);
      }
    }
    if (waiting.size === 0 && options.restMs !== null) restLater(options.restMs);
  };

  const onDeath = (death: Death): void => {
    thread = spare;
    spare = null;
    logger.log('warn', 'docworker-ended', { reason: death.reason, documents: events.documents(), waiting: waiting.size });
    const guilty = death.at === null ? undefined : waiting.get(death.at.request);
    const pending = [...waiting.values()];
    waiting.clear();
    for (const one of pending) {
      const { type } = one.call;
      if (one === guilty && (type === 'apply' || type === 'inspect')) one.resolve({ killedAt: death.at?.index ?? 0 });
      else if (type === 'inspect') waiting.set(one.id, one);
      else one.reject(new ReplicaClosed(`the documents' worker ended (${death.reason})`));
    }
    unsent = [...waiting.values()];
    if (thread !== null) send();
    else if (options.restMs === null || waiting.size > 0) {
      if (death.lived) start();
      else restart = clock.after(RESTART_MS, start);
    }
    if (waiting.size === 0 && options.restMs !== null) restLater(options.restMs);
    events.ended(guilty?.call ?? null);
  };

  const newThread = (): Thread => {
    const made: Thread = startThread({ clock }, options, {
      onReplies,
      onDeath: (death) => {
        if (made === thread) onDeath(death);
        else if (made === spare) spare = null;
      },
      onSlow: (slow) => {
        if (made !== thread || slow === (spare !== null)) return;
        if (slow) spare = newThread();
        else dismiss();
      },
      pending: () => made === thread && waiting.size > 0,
    });
    return made;
  };
  const dismiss = (): void => {
    void spare?.stop();
    spare = null;
  };

  const start = (): void => {
    restart = null;
    if (stopped) return;
    thread = newThread();
    send();
  };
  const restLater = (quietMs: number): void => {
    rest?.();
    rest = clock.after(quietMs, () => {
      rest = null;
      if (waiting.size > 0 || thread === null) return;
      void thread.stop();
      thread = null;
      dismiss();
    });
  };
  if (options.restMs === null) start();

  return {
    ask: (call) =>
      new Promise((resolve, reject) => {
        if (stopped) return reject(new ReplicaClosed('the documents are closed'));
        const one = { id: nextId, call, resolve, reject };
        nextId = nextId === 0x7fffffff ? 1 : nextId + 1;
        waiting.set(one.id, one);
        rest?.();
        rest = null;
        if (thread === null && restart === null) start();
        // Calls of one turn of the loop travel together.
        if (unsent.push(one) === 1) queueMicrotask(send);
      }),
    async stop() {
      stopped = true;
      restart?.();
      rest?.();
      for (const one of waiting.values()) one.reject(new ReplicaClosed('the documents are closed'));
      waiting.clear();
      await Promise.all([thread?.stop(), spare?.stop()]);
    },
  };
}

function errorFrom(failure: { readonly name: string; readonly message: string }): Error {
  if (failure.name === 'CommandRefused') return new CommandRefused(failure.message);
  if (failure.name === 'ReplicaClosed') return new ReplicaClosed(failure.message);
  return new Error(failure.message);
}
