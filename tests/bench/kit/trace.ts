/** The keystrokes that the benchmarks replay: a published editing trace when it is at hand, generated typing otherwise. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ROOT } from '../../help/root.js';

/** At a position, delete so many characters, then insert. */
export type TraceEdit = readonly [at: number, removed: number, inserted?: string];

export interface Trace {
  /** In words, with the credit its licence asks for. */
  readonly source: string;
  readonly edits: readonly TraceEdit[];
}

export const TRACE_EDITS = 259_778;

/** LEANVIBE_BENCH_TRACE names a gzipped JSON file {source, edits}; without it one is looked for in `shared/data` beside the clone. */
export function loadTrace(): Trace {
  const path = process.env['LEANVIBE_BENCH_TRACE'] ?? join(ROOT, '..', 'shared', 'data', 'editing-trace.json.gz');
  if (!existsSync(path)) return { source: `generated typing, ${TRACE_EDITS} edits`, edits: generateEdits(TRACE_EDITS) };
  return JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')) as Trace;
}

/** Somebody typing words, moving about, and taking a fifth of it back: the same edits on every machine. */
function generateEdits(count: number): readonly TraceEdit[] {
  let seed = 42;
  const below = (limit: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * limit);
  };
  const edits: TraceEdit[] = [];
  let length = 0;
  let cursor = 0;
  while (edits.length < count) {
    if (below(60) === 0) cursor = below(length + 1);
    if (cursor > 0 && below(5) === 0) {
      cursor -= 1;
      length -= 1;
      edits.push([cursor, 1]);
    } else {
      edits.push([cursor, 0, below(6) === 0 ? ' ' : String.fromCharCode(97 + below(26))]);
      cursor += 1;
      length += 1;
    }
  }
  return edits;
}

export interface TraceEnd {
  readonly text: string;
  /** Inserted UTF-16 units: what the clocks of all client ids come to. */
  readonly clocks: number;
}

/** Where the edits lead to, by plain string work. */
export function endOf(edits: readonly TraceEdit[]): TraceEnd {
  const units: string[] = [];
  let clocks = 0;
  for (const [at, removed, inserted = ''] of edits) {
    units.splice(at, removed, ...inserted.split(''));
    clocks += inserted.length;
  }
  return { text: units.join(''), clocks };
}
