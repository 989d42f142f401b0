/** The loop that turns what happens into events, steps the state, and performs what the step asks for. */
import type { LogMessage } from '@leanvibe/protocol/peer';
import { createEar } from './ear.js';
import type { Effect } from './effect.js';
import type { Event } from './event.js';
import { createInbox } from './inbox.js';
import { createOutbox } from './outbox.js';
import { perform, performCommit } from './perform.js';
import { newState, type Setup, type State } from './state.js';
import { step } from './step.js';
import { createSpaceSums } from './sums.js';
import type { SpaceSyncDeps, SpaceSyncOptions } from './options.js';
import { createTimers } from './timers.js';

/** Effects waiting while the peer does not read; an honest conversation has a handful. */
const EFFECTS_MAX = 1024;

export interface Loop {
  dispatch(event: Event): void;
  hear(message: LogMessage): void;
  wake(): void;
  state(): State;
  /** Saves what is unsaved and ends; resolves when the store is left alone. */
  leave(): Promise<void>;
}

export function createLoop(deps: SpaceSyncDeps, options: SpaceSyncOptions, changed: () => void): Loop {
  const { store, hashing, logger } = deps;
  const sums = deps.sums ?? createSpaceSums(deps, options.space);
  const setup = setupOf(deps, options);
  const timers = createTimers(deps.clock);
  let state = newState(setup, options.level);
  let ended = false;
  let committing: Promise<void> = Promise.resolve();

  const end = (): void => {
    ended = true;
    ear.clear();
    inbox.clear();
    state = { ...state, phase: 'closed' };
    outbox.clear();
    timers.clear();
  };
  const fail = (reason: 'too-slow' | 'store-broken'): void => {
    if (ended) return;
    end();
    options.report({ type: 'closed', reason });
  };
  const broken = (error: unknown): void => {
    if (!ended) logger.log('error', 'sync.store-failed', { error: error instanceof Error ? error.name : 'unknown' });
    fail('store-broken');
  };
  const answer = async (promised: Promise<Event>): Promise<void> => {
    const event = await promised.catch(broken);
    if (event !== undefined) dispatch(event);
  };
  const outbox = createOutbox({
    send: (message) => options.send(message),
    canSend: () => options.canSend?.() ?? true,
    ask: (question) => answer(perform({ store, hashing, sums }, setup, question)),
  });
  /** Commits and timers run beside the queue: a slow disk must not hold up what is sent. Step has one commit under way at most. */
  const begin = (effect: Effect): void => {
    if (effect.type === 'commit') committing = answer(performCommit(deps.commit, setup, effect));
    else if (effect.type === 'timer') timers.plan(effect.afterMs, () => dispatch(effect));
    else if (effect.type === 'report') options.report(effect.report);
    else outbox.push(effect);
  };
  const turn = (event: Event): void => {
    const [next, effects] = step(state, event);
    state = next;
    for (const effect of effects) begin(effect);
    if (state.phase === 'closed') end();
    else if (outbox.length > EFFECTS_MAX) fail('too-slow');
  };
  const inbox = createInbox(turn, () => {
    changed();
    outbox.wake();
  });
  const dispatch = (event: Event): void => {
    if (!ended) inbox.take(event);
  };
  const ear = createEar({ clock: deps.clock, hashing, broken, heard: (message, items) => dispatch({ type: 'message', message, items }) });
  return {
    dispatch,
    hear(message) {
      if (!ended) ear.hear(message);
    },
    wake: outbox.wake,
    state: () => state,
    async leave() {
      dispatch({ type: 'leave' });
      end();
      await committing;
      await outbox.done();
    },
  };
}

function setupOf(deps: SpaceSyncDeps, options: SpaceSyncOptions): Setup {
  return {
    space: options.space,
    peer: options.peer,
    slot: options.slotOut,
    store: options.storeId ?? deps.store.id,
    seed: deps.random.bytes(16),
    acceptAnnouncements: options.acceptAnnouncements ?? false,
    gives: options.gives ?? true,
    takes: options.takes ?? true,
    anew: options.anew ?? false,
    traces: options.traces ?? false,
  };
}
