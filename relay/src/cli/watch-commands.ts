/** `probe`, `slo` and `status-page`: a relay looked at from outside. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { status as statusSchema } from '@leanvibe/protocol/http/health';
import type { Command } from 'commander';
import { urlOf } from '../config/kinds.js';
import { type Asker, ask } from '../probe/ask.js';
import { LATENCY_MS_MAX } from '../probe/http-checks.js';
import { REQUIRED_PERCENT } from '../probe/outcome.js';
import { probe } from '../probe/probe.js';
import { parseSamples } from '../slo/scrape.js';
import { type Slo, sloOf, TARGETS } from '../slo/slo.js';
import { statusPage } from '../status/page.js';
import { unreachable } from '../status/status.js';
import { type Cli, table } from './cli.js';
import { failed, wrongUse } from './failure.js';

interface Flags {
  readonly json?: boolean;
  readonly require: string;
  readonly latency: string;
  readonly timeout: string;
  readonly availability: string;
  readonly out?: string;
}

const URL_HELP = 'how clients reach it (RELAY_ORIGIN; default http://127.0.0.1:8787)';

export function addWatchCommands(root: Command, cli: Cli): void {
  root
    .command('probe')
    .description('look at a relay from outside: health, database, API, WebSocket, latency, headers')
    .argument('[url]', URL_HELP)
    .option('--require <percent>', 'how many of the checks must pass; the essential ones always must', String(REQUIRED_PERCENT))
    .option('--latency <ms>', 'the highest p95 of /health/live', String(LATENCY_MS_MAX))
    .option('--timeout <seconds>', 'for each question', '10')
    .option('--json', 'answer as one JSON document')
    .action((url: string | undefined, flags: Flags) => runProbe(cli, url, flags));
  root
    .command('slo')
    .description("availability, speed and the error budget left, from the relay's own numbers")
    .argument('[url]', URL_HELP)
    .option('--availability <percent>', 'the target', String(TARGETS.availability * 100))
    .option('--timeout <seconds>', 'for the question', '10')
    .option('--json', 'answer as one JSON document')
    .action((url: string | undefined, flags: Flags) => runSlo(cli, url, flags));
  root
    .command('status-page')
    .description('the status page as a file, to be served where it is seen when the relay is down')
    .argument('[url]', URL_HELP)
    .option('--out <file>', 'where to write it; standard output without')
    .option('--timeout <seconds>', 'for the question', '10')
    .option('--json', 'the same for programs')
    .action((url: string | undefined, flags: Flags) => runStatusPage(cli, url, flags));
}

async function runProbe(cli: Cli, url: string | undefined, flags: Flags): Promise<void> {
  const options = { requiredPercent: number('require', flags.require, 0, 100), latencyMsMax: number('latency', flags.latency, 1, 60_000) };
  const asker = askerOf(cli, url, flags.timeout);
  const verdict = await probe(asker, options);
  const failing = verdict.outcomes.filter(({ ok }) => !ok);
  if (flags.json === true) cli.json({ url: asker.base, ...verdict });
  else {
    for (const { check, ok, reason, essential } of verdict.outcomes) cli.line(`  ${ok ? '✓' : essential ? '✗' : '!'} ${check}: ${reason}`);
    cli.line(`\n  ${verdict.passedPercent} % of ${verdict.outcomes.length} checks passed, ${verdict.requiredPercent} % are required`);
  }
  if (verdict.ok) return;
  throw failed(
    `${asker.base} is not well: ${failing.map(({ check, reason }) => `${check}: ${reason}`).join('; ')}`,
    'relay/RUNBOOKS.md says what to do about each',
  );
}

async function runSlo(cli: Cli, url: string | undefined, flags: Flags): Promise<void> {
  const availability = number('availability', flags.availability, 1, 99.9999, true) / 100;
  const asker = askerOf(cli, url, flags.timeout);
  const token = cli.env['RELAY_METRICS_TOKEN'];
  const said = await ask(asker, '/metrics', token === undefined || token === '' ? {} : { authorization: `Bearer ${token}` });
  if (!said.ok) throw failed(`${asker.base}/metrics: ${said.error}`, 'leanvibe-relay probe');
  if (said.value.status !== 200)
    throw failed(
      `${asker.base}/metrics answered ${said.value.status}`,
      'set RELAY_METRICS_TOKEN as the relay has it, or name its metrics port',
    );
  const slo = sloOf(parseSamples(said.value.text), { ...TARGETS, availability });
  if (slo === null) throw failed('this copy has answered nothing yet, so there is nothing to judge', 'ask again once it is used');
  if (flags.json === true) cli.json({ url: asker.base, ...slo });
  else tellSlo(cli, slo);
  if (!slo.ok) throw failed('a target is missed', 'relay/RUNBOOKS.md, "Slow or failing"');
}

function tellSlo(cli: Cli, slo: Slo): void {
  const mark = (ok: boolean): string => (ok ? '✓' : '✗');
  const percent = (share: number): string => `${(share * 100).toFixed(4)} %`;
  const seconds = (bound: number | null): string => (bound === null ? 'over 10 s' : `≤ ${Math.round(bound * 1000)} ms`);
  cli.line(
    `  ${mark(slo.availability >= slo.target)} availability ${percent(slo.availability)} of ${percent(slo.target)}, since this copy started`,
  );
  cli.line(
    `  ${mark(slo.budgetLeftPercent >= 0)} error budget left ${slo.budgetLeftPercent} % (${slo.failed} of ${slo.requests} requests failed)\n`,
  );
  const rows = slo.routes.map(({ route, requests, p95Seconds, p99Seconds, ok }) => [
    mark(ok),
    route,
    String(requests),
    seconds(p95Seconds),
    seconds(p99Seconds),
  ]);
  for (const line of table(['', 'route', 'requests', 'p95', 'p99'], rows)) cli.line(line);
}

async function runStatusPage(cli: Cli, url: string | undefined, flags: Flags): Promise<void> {
  const said = await ask(askerOf(cli, url, flags.timeout), '/status.json');
  const parsed = said.ok && said.value.status === 200 ? statusSchema.safeParse(parseJson(said.value.text)) : null;
  const status = parsed?.success === true ? parsed.data : unreachable(cli.clock.nowMs());
  if (flags.json === true) return cli.json(status);
  const page = statusPage(status, { alone: true });
  if (flags.out === undefined) return cli.line(page.trimEnd());
  const path = resolve(cli.cwd, flags.out);
  writeFileSync(path, page);
  cli.line(`  ✓ ${path}: ${status.overall}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function askerOf(cli: Cli, url: string | undefined, timeout: string): Asker {
  const base = url ?? (cli.env['RELAY_ORIGIN'] || 'http://127.0.0.1:8787');
  const parsed = urlOf(base);
  if (parsed === null || !/^https?:$/.test(parsed.protocol))
    throw wrongUse(`"${base}" is no address of a relay`, 'write it like https://relay.example.org');
  return { base: parsed.origin, fetch: cli.fetch, elapsedMs: cli.elapsedMs, timeoutMs: number('timeout', timeout, 1, 120) * 1000 };
}

function number(flag: string, typed: string, min: number, max: number, fraction = false): number {
  const value = (fraction ? /^\d{1,3}(\.\d{1,6})?$/ : /^\d{1,6}$/).test(typed) ? Number(typed) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw wrongUse(`--${flag} must be a ${fraction ? '' : 'whole '}number from ${min} to ${max}, not "${typed.slice(0, 20)}"`);
}
