/** Replicas in worker threads that can be terminated (C23): hostile documents cost their own time, never the main loop's. */
import { err, ok, type Result } from '@leanvibe/core/base/result';
import type { Edited, Replicas } from '@leanvibe/core/doc/crdt';
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { DocumentId } from '@leanvibe/protocol/ids';
import { createLine, type Killed } from './line.js';
import { type Answer, type LocalCall, ownedInTurns, packInTurns } from './messages.js';

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

/** What is longer is inspected apart from the documents. Shorter ones take a few milliseconds whatever is in them. */
const INSPECT_APART_BYTES = 64 * 1024;
/** What is longer is copied for the thread in turns (P9). */
const PACK_AT_ONCE_BYTES = 1024 * 1024;
/** The thread for that is there only when needed: it takes some twenty megabytes. */
const INSPECTOR_REST_MS = 30_000;

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
  const open = new Set<DocumentId>();
  const listeners = new Set<(lost: readonly DocumentId[]) => void>();
  const lose = (lost: readonly DocumentId[]): void => {
    if (lost.length > 0) for (const listener of listeners) listener(lost);
  };

  const documents = createLine(
    deps,
    { ...limits, restMs: null, warm: true },
    {
      ended(at) {
        const lost = new Set(open);
        open.clear();
        if (at?.type === 'apply') lost.delete(at.document);
        lose([...lost]);
      },
      failed(call, closed) {
        if (closed && call.type === 'edit' && open.delete(call.document)) lose([call.document]);
      },
      documents: () => open.size,
    },
  );
  const inspector = createLine(
    deps,
    { ...limits, restMs: INSPECTOR_REST_MS, warm: false },
    { ended: () => undefined, failed: () => undefined, documents: () => 0 },
  );
  const ask = (call: LocalCall): Promise<Answer | Killed> => documents.ask(call);

  return {
    async inspect(kind, payload, as) {
      const call = { type: 'inspect', kind, payload, as: as ?? 'payload' } as const;
      const answer = await (payload.length > INSPECT_APART_BYTES
        ? inspector.ask({ ...call, copy: await ownedInTurns(deps, payload) })
        : documents.ask(call));
      return isKilled(answer) ? err('held') : (answer as Awaited<ReturnType<Replicas['inspect']>>);
    },
    async open(document, kind, state) {
      if (open.has(document)) throw new Error('the document is open already');
      await ask({ type: 'open', document, kind, state });
      open.add(document);
    },
    isOpen: (document) => open.has(document),
    async apply(document, changes) {
      const payloads = changes.map((change) => change.payload);
      const isLarge = payloads.reduce((sum, payload) => sum + payload.length, 0) > PACK_AT_ONCE_BYTES;
      const answer = await ask({ type: 'apply', document, changes, ...(isLarge ? { packed: await packInTurns(deps, payloads) } : {}) });
      if (isKilled(answer)) return err({ heldAt: answer.killedAt, reason: 'budget' });
      const applied = answer as Result<null, number>;
      if (applied.ok) return ok(null);
      open.delete(document);
      return err({ heldAt: applied.error, reason: 'unsettled' });
    },
    edit: async (document, clientId, author, command) => (await ask({ type: 'edit', document, clientId, author, command })) as Edited,
    merge: async (document, clientId, drafts) => (await ask({ type: 'merge', document, clientId, drafts })) as Uint8Array,
    view: async (document, query) => (await ask({ type: 'view', document, query })) as Awaited<ReturnType<Replicas['view']>>,
    canonical: async (document) => (await ask({ type: 'canonical', document })) as Uint8Array,
    save: async (document) => (await ask({ type: 'save', document })) as Uint8Array,
    async close(document) {
      if (open.delete(document)) await ask({ type: 'close', document });
    },
    onLost(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    async stop() {
      open.clear();
      await Promise.all([documents.stop(), inspector.stop()]);
    },
  };
}

function isKilled(answer: Answer | Killed): answer is Killed {
  return typeof answer === 'object' && answer !== null && 'killedAt' in answer;
}
