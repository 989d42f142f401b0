/** Every small history there is: what up to three people can do, knowing of each other or not, in every order of delivery. */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LONG } from '../../../help/needs.js';
import { ROOT } from '../../../help/root.js';
import { type Plan, PLANS } from './plans.js';

interface Report {
  readonly graphs: number;
  readonly orders: number;
  readonly struck: number;
  readonly faults: readonly string[];
}

/** A process for each core, with room for the garbage that so many small graphs make. */
function runPart(plan: Plan, part: number, parts: number): Promise<Report> {
  return new Promise((resolve, reject) => {
    const program = join(ROOT, 'tests/dist/unit/core/group/exhaustive-run.js');
    const child = spawn(
      process.execPath,
      ['--single-threaded-gc', '--max-semi-space-size=64', '--min-semi-space-size=64', program, plan.name, String(part), String(parts)],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.on('close', (code) =>
      code === 0 ? resolve(JSON.parse(output) as Report) : reject(new Error(`ended with ${code}: ${errors.slice(-2000)}`)),
    );
  });
}

describe('every small history ends the same way everywhere', () => {
  it.each(PLANS.filter((plan) => LONG || !plan.long))(
    'C4 C3 P1 P10 G5–G17: $name',
    async (plan) => {
      const startedMs = performance.now();
      const parts = availableParallelism();
      const reports = await Promise.all(Array.from({ length: parts }, (_, part) => runPart(plan, part, parts)));
      const sum = (of: 'graphs' | 'orders' | 'struck'): number => reports.reduce((all, report) => all + report[of], 0);
      process.stdout.write(
        `${plan.name}: ${sum('graphs')} graphs in ${sum('orders')} orders of delivery, ${sum('struck')} with a link void by what was done beside it, ${((performance.now() - startedMs) / 1000).toFixed(0)} s\n`,
      );
      expect(reports.flatMap((report) => report.faults)).toEqual([]);
      expect(sum('struck')).toBeGreaterThan(0);
      expect(sum('orders')).toBeGreaterThanOrEqual(sum('graphs'));
    },
    LONG ? 6 * 3_600_000 : 900_000,
  );
});
