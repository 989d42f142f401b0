/** Time as a parameter: nothing in protocol or core reads a clock or sets a timer of its own. */

export type Cancel = () => void;

export interface Clock {
  /** Milliseconds since 1970, as this machine believes. May jump. */
  nowMs(): number;
  /** Runs once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, run: () => void): Cancel;
  /** To be awaited between the pieces of long work: resolves at once, or, when this turn of the main loop has lasted long enough, in a later one (P9). */
  turn(): Promise<void>;
}

export interface ClockDep {
  readonly clock: Clock;
}
