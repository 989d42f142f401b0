/** Replicas in a worker thread that can be terminated (C23): hostile documents cost their own time, never the main loop's. */
import { err, ok, type Result } from '@leanvibe/core/base/result';
import { CommandRefused, type Edited, type Replicas } from '@leanvibe/core/doc/crdt';
import { ReplicaClosed } from '@leanvibe/core/doc/host';
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { DocumentId } from '@leanvibe/protocol/ids';
import { type Answer, buffersOf, type LocalCall, type Reply, wireCall } from './messages.js';
import { type Death, startThread, type Thread } from './thread.js';

export interface WorkerReplicasOptions {
  /** Milliseconds one remote payload may take to inspect or apply; default 500. A thread over it is ended within another eighth. */
  readonly budgetMs?: number;
  /** Milliseconds for one local edit, view, load or save; default 20 × budgetMs. */
  readonly localBudgetMs?: number;
  /** Heap of all replicas together; default 1,024. Over it the thread is ended like one over its time. */
  readonly maxOldGenerationMb?: number;
  /** Also the simulations' model CRDT. */
  readonly model?: boolean;
}

/** What a call comes to when the thread died over it. */
interface Killed {
  readonly killedAt: number;
}

interface Waiting {
  readonly id: number;
  readonly call: LocalCall;
  readonly resolve: (answer: Answer | Killed) => void;
  readonly reject: (error: Error) => void;
}

/** How long to wait before replacing a thread that died before it ever answered, so that a broken installation does not spin. */
const RESTART_MS = 1000;

/**
 * A dying thread takes all its documents with it: `onLost` names them, and their pending calls reject with ReplicaClosed; only a
 * document whose own payload was at fault is not named, its `apply` answers `held`. A new thread is there at once, and pending inspections go on.
 */
export function createWorkerReplicas(deps: ClockDep & LoggerDep, options: WorkerReplicasOptions = {}): Replicas {
  const budgetMs = options.budgetMs ?? 500;
  const limits = {
    budgetMs,
    localBudgetMs: options.localBudgetMs ?? budgetMs * 20,
    maxOldGenerationMb: options.maxOldGenerationMb ?? 1024,
    model: options.model ?? false,
  };
  const waiting = new Map<number, Waiting>();
  const documents = new Set<DocumentId>();
  const listeners = new Set<(lost: readonly DocumentId[]) => void>();
  let unsent: Waiting[] = [];
  let nextId = 1;
  let thread: Thread | null = null;
  let restart: Cancel | null = null;
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

  const ask = (call: LocalCall): Promise<Answer | Killed> =>
    new Promise((resolve, reject) => {
      if (stopped) return reject(new ReplicaClosed('the documents are closed'));
      const one = { id: nextId, call, resolve, reject };
      nextId = nextId === 0x7fffffff ? 1 : nextId + 1;
      waiting.set(one.id, one);
      // Calls of one turn of the loop travel together.
      if (unsent.push(one) === 1) queueMicrotask(send);
    });

  const lose = (lost: readonly DocumentId[]): void => {
    if (lost.length > 0) for (const listener of listeners) listener(lost);
  };

  const onReplies = (replies: readonly Reply[]): void => {
    for (const reply of replies) {
      const one = waiting.get(reply.id);
      if (one === undefined) continue;
      waiting.delete(reply.id);
      if ('answer' in reply) one.resolve(reply.answer);
      else {
        one.reject(errorFrom(reply.failure));
        if (reply.closed && one.call.type === 'edit' && documents.delete(one.call.document)) lose([one.call.document]);
      }
    }
  };

  const onDeath = (death: Death): void => {
    thread = null;
    deps.logger.log('warn', 'docworker-ended', { reason: death.reason, documents: documents.size, waiting: waiting.size });
    const guilty = death.at === null ? undefined : waiting.get(death.at.request);
    const lost = new Set(documents);
    documents.clear();
    const pending = [...waiting.values()];
    waiting.clear();
    for (const one of pending) {
      const { call } = one;
      if (one === guilty && (call.type === 'apply' || call.type === 'inspect')) {
        if (call.type === 'apply') lost.delete(call.document);
        one.resolve({ killedAt: death.at?.index ?? 0 });
      } else if (call.type === 'inspect') waiting.set(one.id, one);
      else one.reject(new ReplicaClosed(`the documents' worker ended (${death.reason})`));
    }
    unsent = [...waiting.values()];
    if (death.lived) start();
    else restart = deps.clock.after(RESTART_MS, start);
    lose([...lost]);
  };

  const start = (): void => {
    restart = null;
    if (stopped) return;
    thread = startThread(deps, limits, { onReplies, onDeath, pending: () => waiting.size > 0 });
    send();
  };
  start();

  return {
    async inspect(kind, payload, as) {
      const answer = await ask({ type: 'inspect', kind, payload, as: as ?? 'payload' });
      return isKilled(answer) ? err('held') : (answer as Awaited<ReturnType<Replicas['inspect']>>);
    },
    async open(document, kind, state) {
      if (documents.has(document)) throw new Error('the document is open already');
      await ask({ type: 'open', document, kind, state });
      documents.add(document);
    },
    isOpen: (document) => documents.has(document),
    async apply(document, changes) {
      const answer = await ask({ type: 'apply', document, changes });
      if (isKilled(answer)) return err({ heldAt: answer.killedAt, reason: 'budget' });
      const applied = answer as Result<null, number>;
      if (applied.ok) return ok(null);
      documents.delete(document);
      return err({ heldAt: applied.error, reason: 'unsettled' });
    },
    edit: async (document, clientId, author, command) => (await ask({ type: 'edit', document, clientId, author, command })) as Edited,
    merge: async (document, clientId, drafts) => (await ask({ type: 'merge', document, clientId, drafts })) as Uint8Array,
    view: async (document, query) => (await ask({ type: 'view', document, query })) as Awaited<ReturnType<Replicas['view']>>,
    canonical: async (document) => (await ask({ type: 'canonical', document })) as Uint8Array,
    save: async (document) => (await ask({ type: 'save', document })) as Uint8Array,
    async close(document) {
      if (documents.delete(document)) await ask({ type: 'close', document });
    },
    onLost(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    async stop() {
      stopped = true;
      restart?.();
      for (const one of waiting.values()) one.reject(new ReplicaClosed('the documents are closed'));
      waiting.clear();
      documents.clear();
      await thread?.stop();
    },
  };
}

function isKilled(answer: Answer | Killed): answer is Killed {
  return typeof answer === 'object' && answer !== null && 'killedAt' in answer;
}

function errorFrom(failure: { readonly name: string; readonly message: string }): Error {
  if (failure.name === 'CommandRefused') return new CommandRefused(failure.message);
  if (failure.name === 'ReplicaClosed') return new ReplicaClosed(failure.message);
  return new Error(failure.message);
}
