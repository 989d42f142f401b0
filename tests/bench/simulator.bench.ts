/** B11: whole simulated worlds per second of one core, with the product's own engine in every device. */
import { simulate } from '../sim/simulate.js';
import { count, exponent } from './kit/figures.js';
import type { Report } from './kit/report.js';

interface Row {
  readonly seeds: number;
  readonly seconds: number;
  /** Of the processor, all threads. */
  readonly cpuSeconds: number;
  readonly entriesMoved: number;
}

async function measure(from: number, seeds: number): Promise<Row> {
  const [began, before] = [performance.now(), process.cpuUsage()];
  let entriesMoved = 0;
  for (let seed = from; seed < from + seeds; seed++) {
    const outcome = await simulate(`bench-${seed}`);
    if (outcome.broken.length > 0) throw new Error(`seed bench-${seed} broke a predicate: ${outcome.broken[0]?.detail}`);
    entriesMoved += outcome.counts['moved'] ?? 0;
  }
  const cpu = process.cpuUsage(before);
  return { seeds, seconds: (performance.now() - began) / 1000, cpuSeconds: (cpu.user + cpu.system) / 1e6, entriesMoved };
}

export async function benchSimulator(quick: boolean): Promise<Report> {
  const sizes = quick ? [10, 30, 60] : [50, 150, 450];
  await measure(0, 10);
  const rows: Row[] = [];
  for (const seeds of sizes) rows.push(await measure(1_000, seeds));
  const rate = (rows.at(-1)?.seeds ?? 0) / (rows.at(-1)?.cpuSeconds ?? 1);
  return {
    id: 'B11',
    work: 'simulated worlds: 2 to 4 devices, 45 steps, crashes, restores, clones, partitions; 90 % model CRDT, 10 % Yjs',
    columns: ['seeds', 'seconds', 'CPU seconds', 'seeds per CPU second'],
    rows: rows.map((row) => [count(row.seeds), row.seconds.toFixed(2), row.cpuSeconds.toFixed(2), (row.seeds / row.cpuSeconds).toFixed(1)]),
    judged: [
      { goal: '≥ 5 seeds per second and core with the full engine', measured: rate.toFixed(1), met: rate >= 5 },
      { goal: '≥ 20 on the model CRDT (here mixed with Yjs)', measured: rate.toFixed(1), met: rate >= 20 },
    ],
    notes: [
      `Growth exponent of CPU time in seeds: ${exponent(rows.map((row) => [row.seeds, row.cpuSeconds])).toFixed(2)}.`,
      'No peer has such a simulator; the floor is the goal.',
    ],
    data: rows,
  };
}
