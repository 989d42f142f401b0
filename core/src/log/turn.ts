/** A turn: the next state and what is to be done, with the few helpers that keep handlers short. */
import type { LogMessage } from '@leanvibe/protocol/peer';
import type { Effect } from './effect.js';
import type { State } from './state.js';

export type Turn = readonly [state: State, effects: readonly Effect[]];

export function stay(state: State, ...effects: readonly Effect[]): Turn {
  return [state, effects];
}

/** Runs the steps one after the other and gathers their effects in order. */
export function chain(state: State, ...steps: readonly ((state: State) => Turn)[]): Turn {
  let current = state;
  const effects: Effect[] = [];
  for (const step of steps) {
    const [next, more] = step(current);
    current = next;
    effects.push(...more);
  }
  return [current, effects];
}

/** Puts effects before those of a turn. */
export function after(effects: readonly Effect[], [state, more]: Turn): Turn {
  return [state, [...effects, ...more]];
}

type Unslotted<M> = M extends unknown ? Omit<M, 'slot'> : never;

export function say(state: State, message: Unslotted<LogMessage>): Effect {
  return { type: 'send', message: { ...message, slot: state.setup.slot } as LogMessage };
}
