/** What happened, in order: the same seed must give the same trace, and a failure prints its end. */
import { createHash } from 'node:crypto';

export interface Trace {
  note(line: string): void;
  /** Something no predicate may excuse: an engine fault. */
  fault(line: string): void;
  readonly faults: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  count(what: string): void;
  hash(): string;
  tail(lines: number): readonly string[];
}

export function createTrace(): Trace {
  const lines: string[] = [];
  const faults: string[] = [];
  const counts: Record<string, number> = {};
  return {
    note: (line) => void lines.push(line),
    fault(line) {
      faults.push(line);
      lines.push(`FAULT ${line}`);
    },
    faults,
    counts,
    count(what) {
      counts[what] = (counts[what] ?? 0) + 1;
    },
    hash: () => createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16),
    tail: (count) => lines.slice(-count),
  };
}
