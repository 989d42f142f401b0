/** The one queue of a conversation: messages and questions to the store, performed strictly in order, waiting while the network is full. */
import type { Effect } from './effect.js';

export type Queued = Exclude<Effect, { readonly type: 'commit' | 'timer' | 'report' }>;
export type Question = Exclude<Queued, { readonly type: 'send' }>;

export interface Outbox {
  push(effect: Queued): void;
  /** Goes on if there is something to do and room to do it. */
  wake(): void;
  readonly length: number;
  clear(): void;
  /** Resolves when the question under way has been answered. */
  done(): Promise<void>;
}

export interface OutboxDeps {
  send(message: Extract<Effect, { readonly type: 'send' }>['message']): void;
  canSend(): boolean;
  /** Never rejects. */
  ask(question: Question): Promise<void>;
}

export function createOutbox(deps: OutboxDeps): Outbox {
  let queue: Queued[] = [];
  let working = false;
  let worked: Promise<void> = Promise.resolve();
  /** `working` falls in the same turn in which the queue is seen to be empty or blocked, so that no wake-up is lost. */
  const drain = async (): Promise<void> => {
    working = true;
    for (let effect = queue[0]; effect !== undefined; effect = queue[0]) {
      if (effect.type === 'send' && !deps.canSend()) break;
      queue.shift();
      if (effect.type === 'send') deps.send(effect.message);
      else await deps.ask(effect);
    }
    working = false;
  };
  return {
    push: (effect) => void queue.push(effect),
    wake() {
      if (!working) worked = drain();
    },
    get length() {
      return queue.length;
    },
    clear() {
      queue = [];
    },
    done: () => worked,
  };
}
