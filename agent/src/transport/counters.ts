/** Refusals, counted by reason: what was turned away and why, for `status`. */

export interface Counters {
  count(reason: string): void;
  /** A copy, reasons in the order they first happened. */
  read(): Readonly<Record<string, number>>;
}

/** Reasons are fixed words of this program, never a peer's text: the table cannot be made to grow. */
export function createCounters(): Counters {
  const byReason = new Map<string, number>();
  return {
    count: (reason) => {
      byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
    },
    read: () => Object.fromEntries(byReason),
  };
}
