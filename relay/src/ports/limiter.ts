/** Rates of one named kind of request by key (an account, an address); shared between copies where Redis is, else this process's own. */

export interface Allowance {
  readonly ok: boolean;
  /** What is left of this window, and milliseconds until it is whole again. */
  readonly remaining: number;
  readonly resetMs: number;
  readonly limit: number;
}

export interface Limiter {
  /** Takes `points` (1 when absent); never throws: with the shared store gone it counts that and goes by this process alone. */
  take(kind: string, key: string, points?: number): Promise<Allowance>;
  /** Forgets what was taken, after a success. */
  forgive(kind: string, key: string): Promise<void>;
  close(): Promise<void>;
}

export interface LimitKind {
  readonly kind: string;
  readonly points: number;
  readonly perMs: number;
}

export interface LimiterDep {
  readonly limiter: Limiter;
}
