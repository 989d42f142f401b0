/** Runs one suite with vitest and counts what it did from its own JSON report; a crash or a file that did not load is a failure. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const TEN_TIMES = 10;

/** `{ passed, failed, skipped, seconds }` */
export async function runSuite(root, suite, { env, scratch, flags, long }) {
  const report = join(scratch, `${suite.name}.json`);
  const args = [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    ...suite.filters,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...(suite.alone ? ['--no-file-parallelism'] : []),
    ...(suite.atOnce === undefined ? [] : [`--maxWorkers=${suite.atOnce}`]),
    ...flags,
  ];
  const started = performance.now();
  const limitSeconds = suite.budgetSeconds * TEN_TIMES;
  const ended = await wait(
    spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] }),
    long ? 0 : limitSeconds,
  );
  const seconds = (performance.now() - started) / 1000;
  const counts = existsSync(report) ? countReport(JSON.parse(readFileSync(report, 'utf8'))) : { passed: 0, failed: 0, skipped: 0 };
  if (ended !== 'ok' && counts.failed === 0) {
    process.stdout.write(
      `\nsuite ${suite.name} ${ended === 'late' ? `was stopped after ${limitSeconds} s` : 'ended with an error outside any test'}\n`,
    );
    return { ...counts, failed: 1, seconds };
  }
  return { ...counts, seconds };
}

function countReport(report) {
  const unloaded = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  const skipped = report.numPendingTests + (report.numTodoTests ?? 0);
  return { passed: report.numPassedTests, failed: report.numFailedTests + unloaded.length, skipped };
}

function wait(child, limitSeconds) {
  return new Promise((resolve) => {
    const stop = (signal) => child.kill(signal);
    process.on('SIGINT', stop).on('SIGTERM', stop);
    let late = false;
    const timer =
      limitSeconds > 0
        ? setTimeout(() => {
            late = true;
            child.kill('SIGKILL');
          }, limitSeconds * 1000)
        : null;
    child.once('close', (code) => {
      if (timer) clearTimeout(timer);
      process.off('SIGINT', stop).off('SIGTERM', stop);
      resolve(late ? 'late' : code === 0 ? 'ok' : 'failed');
    });
  });
}
