/** Every small history there is: what up to three people can do, knowing of each other or not, in every order of delivery. */
import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LONG } from '../help/needs.js';
import { ROOT } from '../help/root.js';
import { PLANS } from './plans.js';
import type { Report, Task } from './run.js';

/** A process for each core, with room for the garbage that so many small graphs make. */
const workers: ChildProcess[] = [];
beforeAll(() => {
  for (let one = 0; one < availableParallelism(); one++)
    workers.push(
      fork(join(ROOT, 'tests/dist/exhaustive/run.js'), [], {
        execArgv: ['--single-threaded-gc', '--max-semi-space-size=16', '--min-semi-space-size=16'],
      }),
    );
});
afterAll(() => {
  for (const worker of workers) worker.kill();
});

function ask(worker: ChildProcess, task: Task): Promise<Report> {
  return new Promise((resolve, reject) => {
    const failed = (code: number | null): void => reject(new Error(`the process ended with ${code}`));
    worker.once('exit', failed);
    worker.once('message', (report: Report) => {
      worker.off('exit', failed);
      resolve(report);
    });
    worker.send(task);
  });
}

describe('every small history ends the same way everywhere', () => {
  it.each(PLANS.filter((plan) => LONG || !plan.long))(
    'C4 C3 P1 P10 G5–G17: $name',
    async (plan) => {
      const startedMs = performance.now();
      const reports = await Promise.all(workers.map((worker, part) => ask(worker, { plan: plan.name, part, parts: workers.length })));
      const sum = (of: 'graphs' | 'orders' | 'struck' | 'stoodFor'): number => reports.reduce((all, report) => all + report[of], 0);
      process.stdout.write(
        `${plan.name}: ${sum('graphs')} graphs${plan.alike ? ', each for all that are alike,' : ''} in ${sum('orders')} orders of delivery, ${sum('struck')} with a link void by what was done beside it${plan.beside ? `, ${sum('stoodFor')} set beside one that stands for them` : ''}, ${((performance.now() - startedMs) / 1000).toFixed(0)} s\n`,
      );
      expect(reports.flatMap((report) => report.faults)).toEqual([]);
      expect(sum('struck')).toBeGreaterThan(0);
      expect(sum('orders')).toBeGreaterThanOrEqual(sum('graphs'));
      if (plan.beside) expect(sum('stoodFor')).toBeGreaterThan(0);
    },
    LONG ? 12 * 3_600_000 : 1_200_000,
  );
});
