/** One conversation with one peer about one space: performs what `step` decides, strictly in order, over the store and the wire. */
import type { DeviceId, EntryId, SpaceId } from '@leanvibe/protocol/ids';
import type { LogMessage } from '@leanvibe/protocol/peer';
import type { Cancel, ClockDep } from '../ports/clock.js';
import type { Hashing } from '../ports/crypto.js';
import type { LoggerDep } from '../ports/logger.js';
import type { RandomDep } from '../ports/random.js';
import { type Batch, type Lane, type Placed, type StoreDep, StoreFull } from '../ports/store.js';
import { batchOf } from './batch.js';
import type { CommitEffect, Effect, Report } from './effect.js';
import type { Event } from './event.js';
import { type Inspected, inspect } from './inspect.js';
import { perform } from './perform.js';
import { type Level, newState, type Setup, type State } from './state.js';
import { type SyncStatus, statusOf } from './status.js';
import { step } from './step.js';
import { createSpaceSums, type Reconcilable, type SpaceSums } from './sums.js';

/** Effects waiting while the peer does not read; an honest conversation has a handful. */
const EFFECTS_MAX = 1024;

export interface SpaceSyncDeps extends StoreDep, RandomDep, ClockDep, LoggerDep, Reconcilable {
  readonly hashing: Hashing;
  /** `store.commit` of the engine, which also wakes the other conversations and intake. Throws as the store does. */
  readonly commit: (batch: Batch) => Promise<readonly Placed[]>;
  /** Shared by all conversations of the space; made here when absent. */
  readonly sums?: SpaceSums;
}

export interface SpaceSyncOptions {
  readonly space: SpaceId;
  readonly peer: DeviceId;
  /** The slot of every message sent. */
  readonly slotOut: number;
  readonly level: Level;
  /** At level 0: whether announcements are taken from the peer. False by default: nothing is. */
  readonly acceptAnnouncements?: boolean;
  send(message: LogMessage): void;
  /** False while too much waits for the network; then call `drained` later. Always true when absent. */
  canSend?(): boolean;
  report(report: Report): void;
}

export interface SpaceSync {
  start(): void;
  onMessage(message: LogMessage): void;
  /** Our own log grew, in this lane or, unsaid, in any. */
  appended(lane?: Lane): void;
  /** The network took what was queued. */
  drained(): void;
  /** Lowering acts at once; a conversation once lowered stays so. */
  setLevel(level: Level): void;
  /** Asks the peer for entries by id: bytes that were damaged or dropped here. What it lacks is reported as `missing`. */
  fetch(lane: Lane, ids: readonly EntryId[]): void;
  status(): SyncStatus;
  /** Whether every entry of our log up to these positions is stored at the peer or came from it. */
  holds(positions: readonly [number, number, number]): boolean;
  /** Called after anything changed, at most once per event. */
  subscribe(changed: () => void): () => void;
  /** Resolves when nothing of this conversation touches the store any more; only then begin another with the same peer. */
  close(): Promise<void>;
}

export function createSpaceSync(deps: SpaceSyncDeps, options: SpaceSyncOptions): SpaceSync {
  const { store, hashing, clock, logger, random } = deps;
  const sums = deps.sums ?? createSpaceSums(deps, options.space);
  const setup: Setup = {
    space: options.space,
    peer: options.peer,
    slot: options.slotOut,
    store: store.id,
    seed: random.bytes(16),
    acceptAnnouncements: options.acceptAnnouncements ?? false,
  };
  let state: State = newState(setup, options.level);
  let queue: Effect[] = [];
  let inbox: Event[] = [];
  let stepping = false;
  let working = false;
  let ended = false;
  let committing: Promise<void> = Promise.resolve();
  let worked: Promise<void> = Promise.resolve();
  const timers = new Set<Cancel>();
  const listeners = new Set<() => void>();

  /** A callback may bring the next event before this one is done; it waits its turn. */
  const dispatch = (event: Event): void => {
    if (ended) return;
    inbox.push(event);
    if (stepping) return;
    stepping = true;
    for (let next = inbox.shift(); next !== undefined; next = inbox.shift()) turn(next);
    stepping = false;
    for (const listener of listeners) listener();
    work();
  };
  const turn = (event: Event): void => {
    const [next, effects] = step(state, event);
    state = next;
    for (const effect of effects) enqueue(effect);
    if (state.phase === 'closed') end();
    else if (queue.length > EFFECTS_MAX) fail('too-slow');
  };
  /** Commits and timers run beside the queue: a slow disk must not hold up what is sent. Step has one commit under way at most. */
  const enqueue = (effect: Effect): void => {
    if (effect.type === 'commit') committing = commit(effect);
    else if (effect.type === 'timer') plan(effect.timer, effect.afterMs);
    else if (effect.type === 'report') options.report(effect.report);
    else queue.push(effect);
  };
  const plan = (timer: 'retry' | 'save', afterMs: number): void => {
    const cancel = clock.after(afterMs, () => {
      timers.delete(cancel);
      dispatch({ type: 'timer', timer });
    });
    timers.add(cancel);
  };
  const end = (): void => {
    ended = true;
    queue = [];
    inbox = [];
    for (const cancel of timers) cancel();
    timers.clear();
  };
  const fail = (reason: 'too-slow' | 'store-broken'): void => {
    if (ended) return;
    state = { ...state, phase: 'closed' };
    end();
    options.report({ type: 'closed', reason });
  };
  const broken = (error: unknown): void => {
    if (ended) return;
    logger.log('error', 'sync.store-failed', { error: error instanceof Error ? error.name : 'unknown' });
    fail('store-broken');
  };
  const commit = async (effect: CommitEffect): Promise<void> => {
    const outcome = await deps.commit(batchOf(setup, effect)).then(
      (placed): Event => ({ type: 'committed', placed }),
      (error: unknown): Event | null => (error instanceof StoreFull ? { type: 'commit-failed' } : (broken(error), null)),
    );
    if (outcome !== null) dispatch(outcome);
  };
  const work = (): void => {
    if (!working && !ended) worked = drain();
  };
  /** `working` falls in the same turn in which the queue is seen to be empty or blocked, so that no wake-up is lost. */
  const drain = async (): Promise<void> => {
    working = true;
    for (let effect = queue[0]; effect !== undefined; effect = queue[0]) {
      if (effect.type === 'send' && options.canSend?.() === false) break;
      queue.shift();
      if (effect.type === 'send') options.send(effect.message);
      else if (effect.type !== 'commit' && effect.type !== 'timer' && effect.type !== 'report') {
        const event = await perform({ store, hashing, sums }, setup, effect).catch((error: unknown) => broken(error));
        if (event !== undefined) dispatch(event);
      }
    }
    working = false;
  };
  return {
    start: () => dispatch({ type: 'start' }),
    onMessage: (message) => dispatch({ type: 'message', message, items: ended ? [] : inspectAll(hashing, message) }),
    appended: (lane) => dispatch({ type: 'appended', lane: lane ?? null }),
    drained: work,
    setLevel: (level) => dispatch({ type: 'level', level }),
    fetch: (lane, ids) => dispatch({ type: 'fetch', lane, ids }),
    status: () => statusOf(state),
    holds(positions) {
      const { peerHolds } = statusOf(state);
      return positions.every((position, lane) => (peerHolds[lane] ?? 0) >= position);
    },
    subscribe(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    async close() {
      dispatch({ type: 'leave' });
      end();
      state = { ...state, phase: 'closed' };
      await committing;
      await worked;
    },
  };
}

function inspectAll(hashing: Hashing, message: LogMessage): readonly Inspected[] {
  if (message.type !== 'entries' && message.type !== 'loose') return [];
  return message.items.map((sealed) => inspect(hashing, message.lane, sealed));
}
