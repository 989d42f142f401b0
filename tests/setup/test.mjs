/** `npm test`: prepares the clone, then types, lint, format and every suite; the last line is `N passed, N failed`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dropOrphans, PACKAGES } from '../../agent/setup/build.mjs';
import { prepare, root } from '../../agent/setup/prepare.mjs';
import { bundleJob, lintJobs, typesJob } from './checks.mjs';
import { ensurePackages } from './packages.mjs';
import { suites } from './suites.mjs';
import { runSuite } from './vitest.mjs';

const args = process.argv.slice(2);
const long = args.includes('--long');
const flagAt = args.findIndex((arg) => arg.startsWith('-') && arg !== '--long');
const filters = (flagAt < 0 ? args : args.slice(0, flagAt)).filter((arg) => arg !== '--long');
const flags = flagAt < 0 ? [] : args.slice(flagAt).filter((arg) => arg !== '--long');
const total = { passed: 0, failed: 0, skipped: 0 };
const rows = [];
let without = [];

function count(name, { passed, failed, skipped = 0, seconds, budgetSeconds = null }) {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  rows.push({ name, passed, failed, skipped, seconds, budgetSeconds });
}

async function checks(jobs) {
  for (const result of await Promise.all(jobs.map((job) => job.run()))) {
    if (!result.ok) process.stdout.write(`\n${result.name} failed:\n${result.output}\n`);
    count(result.name, { passed: result.ok ? 1 : 0, failed: result.ok ? 0 : 1, seconds: result.seconds });
  }
}

async function everything() {
  for (const name of PACKAGES) dropOrphans(join(root, name, 'src'), join(root, name, 'dist'));
  await checks([typesJob(root)]);
  await checks([bundleJob(root)]);
  if (filters.length === 0 && flags.length === 0) await checks(lintJobs(root));
  const env = {
    ...process.env,
    LEANVIBE_WITHOUT: without.join(','),
    ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }),
    ...(long ? { LEANVIBE_LONG: '1' } : {}),
  };
  const scratch = mkdtempSync(join(tmpdir(), 'leanvibe-test-'));
  const chosen = suites(root, filters);
  if (chosen.length === 0) process.stdout.write(`no test file matches ${filters.join(' ')}\n`);
  for (const suite of chosen) {
    process.stdout.write(`\n── ${suite.name} ──\n`);
    count(suite.name, {
      ...(await runSuite(root, suite, { env, scratch, flags, long })),
      budgetSeconds: long ? null : suite.budgetSeconds,
    });
  }
  rmSync(scratch, { recursive: true, force: true });
  return chosen.length > 0;
}

function summary() {
  process.stdout.write('\n');
  for (const row of rows) {
    const budget = row.budgetSeconds === null ? '' : ` of ${row.budgetSeconds} s`;
    const over = row.budgetSeconds !== null && row.seconds > row.budgetSeconds ? '  ! over its budget' : '';
    const skipped = row.skipped > 0 ? `, ${row.skipped} skipped` : '';
    const counts = `${row.passed} passed, ${row.failed} failed${skipped}`;
    process.stdout.write(
      `  ${row.failed > 0 ? '✗' : '✓'} ${row.name.padEnd(12)} ${counts.padEnd(32)} ${row.seconds.toFixed(1)} s${budget}${over}\n`,
    );
  }
  for (const name of without) process.stdout.write(`  ! left out by LEANVIBE_WITHOUT: ${name}\n`);
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  process.stdout.write(`\n${total.passed} passed, ${total.failed} failed${skipped}\n`);
}

const ready = await prepare(async () => {
  without = await ensurePackages();
});
if (!ready) count('setup', { passed: 0, failed: 1, seconds: 0 });
const ran = ready && (await everything());
summary();
process.exitCode = ran && total.failed === 0 && total.passed > 0 ? 0 : 1;
