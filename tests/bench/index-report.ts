/** B9 in the form of the other reports. */
import { benchIndex } from './index.bench.js';
import { count, ms, times } from './kit/figures.js';
import type { Report } from './kit/report.js';

export async function benchIndexing(quick: boolean): Promise<Report> {
  const result = quick ? await benchIndex([3_000, 10_000, 30_000], 3) : await benchIndex();
  const last = result.rows.at(-1);
  const cloc = last?.timesFasterThanCloc ?? null;
  return {
    id: 'B9',
    work: result.work,
    columns: ['lines', 'cold ms', 'warm ms', 'rescan ms', 'edit ms', 'wc -l ms', 'cloc ms', 'time to wc', 'faster than cloc'],
    rows: result.rows.map((row) => [
      count(row.lines),
      ...[row.coldMs, row.warmMs, row.rescanMs, row.watchedEditMs, row.wcMs].map(ms),
      row.clocMs === null ? '-' : ms(row.clocMs),
      times(row.timesWc),
      row.timesFasterThanCloc === null ? '-' : times(row.timesFasterThanCloc),
    ]),
    judged: [
      { goal: '≤ 4x `wc -l` time', measured: times(last?.timesWc ?? Number.NaN), met: (last?.timesWc ?? 9) <= 4 },
      ...(cloc === null ? [] : [{ goal: '≥ 10x cloc', measured: times(cloc), met: cloc >= 10 }]),
      { goal: 'one edited file < 50 ms', measured: `${ms(last?.watchedEditMs ?? Number.NaN)} ms`, met: (last?.watchedEditMs ?? 99) < 50 },
    ],
    notes: [
      `Growth exponents of time: ours ${result.exponents.cold.toFixed(2)}, wc ${result.exponents.wc.toFixed(2)}${result.exponents.cloc === null ? '; cloc is not installed here' : `, cloc ${result.exponents.cloc.toFixed(2)}`}.`,
      'Cold includes starting the indexer’s thread and asking git; the edit is from saving a file to being told, less the 100 ms that edits are gathered for.',
    ],
    data: result,
  };
}
