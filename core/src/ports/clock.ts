/** Time as a parameter: nothing in protocol or core reads a clock or sets a timer of its own. */

export type Cancel = () => void;

export interface Clock {
  /** Milliseconds since 1970, as this machine believes. May jump. */
  nowMs(): number;
  /** Runs once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, run: () => void): Cancel;
}

export interface ClockDep {
  readonly clock: Clock;
}
