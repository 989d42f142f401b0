/** Prometheus, Alertmanager, Grafana and the workflow: checked by their own tools, and naming only what the relay really says. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rm } from 'node:fs/promises';
import { METRICS, type MetricSpec } from '@leanvibe/relay/internal/observe/metric-table';
import { createMetrics } from '@leanvibe/relay/internal/observe/metrics';
import { rolldown } from 'rolldown';
import { describe, expect, onTestFinished, test } from 'vitest';
import { read } from '../../../house/source.js';
import { anchorsOf } from '../../../house/fences.js';
import { leftOut } from '../../../help/needs.js';
import { run } from '../../../help/program.js';
import { ROOT } from '../../../help/root.js';
import { DEPLOY, deployFiles, oneYaml } from './files.js';

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

const rules = oneYaml<{ readonly groups: readonly { readonly rules: readonly Rule[] }[] }>(
  'relay/deploy/prometheus/rules.yml',
).groups.flatMap((group) => group.rules);
const dashboards = deployFiles(/dashboards\/.*\.json$/).map((path) => JSON.parse(read(path)) as { readonly panels: readonly Panel[] });

describe.skipIf(leftOut('deploy'))("Prometheus' own tools", () => {
  const tools: readonly (readonly [string, ...string[]])[] = [
    ['promtool', 'check', 'config', 'prometheus/prometheus.yml'],
    ['promtool', 'check', 'rules', 'prometheus/rules.yml'],
    ['promtool', 'test', 'rules', 'prometheus/rules.test.yml'],
    ['amtool', 'check-config', 'prometheus/alertmanager.yml'],
  ];
  for (const [tool, ...args] of tools)
    test(`${tool} ${args.join(' ')}`, async () => {
      const ended = await run(tool, args, { cwd: DEPLOY });
      expect(ended.code, `${ended.stdout}\n${ended.stderr}`).toBe(0);
    });

  test('what the relay serves is what promtool takes for metrics', async () => {
    const text = await createMetrics({ process: false }).text();
    const ended = await run('promtool', ['check', 'metrics'], { input: text.replace(/\n*$/, '\n') });
    expect(ended.stderr.split('\n').filter((line) => /error|parsing/i.test(line))).toEqual([]);
    expect(ended.code, ended.stderr).toBe(0);
  });
});

describe('names', () => {
  /** Series a metric of the table, of Node or of Prometheus itself makes. */
  async function series(): Promise<ReadonlySet<string>> {
    const own = Object.entries<MetricSpec>(METRICS).flatMap(([name, { kind }]) =>
      kind === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    );
    const served = [...(await createMetrics({ process: true }).text()).matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1] ?? '');
    return new Set([...own, ...served, 'up', ...rules.flatMap(({ record }) => (record === undefined ? [] : [record]))]);
  }

  const named = (expr: string): readonly string[] =>
    [...expr.replace(/"[^"]*"|\{[^}]*\}/g, '').matchAll(/(?<![\w:.])(up|(?:leanvibe_relay|nodejs|process)[\w:]*)/g)].map(
      (match) => match[1] ?? '',
    );

  test('rules and dashboards name only what there is', async () => {
    const known = await series();
    const all = [
      ...rules.map(({ expr }) => expr),
      ...dashboards.flatMap(({ panels }) => panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))),
    ];
    expect(all.flatMap(named).length).toBeGreaterThan(30);
    expect(all.flatMap(named).filter((name) => !known.has(name))).toEqual([]);
  });

  test("labels in rules and dashboards are the metric's own, or Prometheus'", () => {
    const known = new Set([...Object.values<MetricSpec>(METRICS).flatMap(({ labels }) => labels), 'job', 'instance', 'le']);
    const all = [
      ...rules.map(({ expr }) => expr),
      ...dashboards.flatMap(({ panels }) => panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))),
    ];
    const used = all.flatMap((expr) => [...expr.matchAll(/[{,]\s*(\w+)\s*(?:=~|!~|!=|=)/g)].map((match) => match[1] ?? ''));
    const by = all.flatMap((expr) =>
      [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap((match) => (match[1] ?? '').split(',').map((one) => one.trim())),
    );
    expect([...used, ...by].filter((label) => !known.has(label))).toEqual([]);
  });

  test('every alert says how urgent it is and leads to a part of the runbooks', () => {
    const anchors = anchorsOf(read('relay/RUNBOOKS.md'));
    const alerts = rules.filter(({ alert }) => alert !== undefined);
    expect(alerts.length).toBeGreaterThan(8);
    for (const { alert, labels, annotations } of alerts) {
      expect(['page', 'ticket'], alert).toContain(labels?.['severity']);
      expect([...anchors], alert).toContain(annotations?.['runbook']?.replace('RUNBOOKS.md#', ''));
    }
  });
});

test('panels of the dashboard have titles and do not cover one another', () => {
  for (const { panels } of dashboards) {
    expect(panels.length).toBeGreaterThan(10);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.filter(({ title }) => title === '')).toEqual([]);
  }
});

test("the workflow is one by GitHub's own parser", async () => {
  const folder = join(ROOT, 'tests/dist', `workflow-${process.pid}`);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  // The parser imports JSON in a way Node 20 does not; bundled it does not import it at all.
  const bundle = await rolldown({
    input: join(ROOT, 'node_modules/@actions/workflow-parser/dist/index.js'),
    platform: 'node',
    logLevel: 'silent',
  });
  await bundle.write({ file: join(folder, 'parser.mjs'), format: 'esm' });
  const parser = (await import(pathToFileURL(join(folder, 'parser.mjs')).href)) as {
    parseWorkflow(
      file: object,
      trace: object,
    ): { readonly context: { readonly errors: { getErrors(): readonly { readonly message: string }[] } } };
    NoOperationTraceWriter: new () => object;
  };
  const wrong = (content: string): readonly string[] =>
    parser
      .parseWorkflow({ name: 'relay.yml', content }, new parser.NoOperationTraceWriter())
      .context.errors.getErrors()
      .map(({ message }) => message);
  const text = read('relay/deploy/github/relay.yml');
  expect(wrong(text)).toEqual([]);
  expect(wrong(text.replace('runs-on:', 'run-on:')).length).toBeGreaterThan(0);
}, 60_000);

test('scripts parse as what they are', async () => {
  const scripts = deployFiles(/\.sh$/);
  expect(scripts.length).toBe(3);
  for (const path of scripts) expect((await run('bash', ['-n', join(ROOT, path)])).stderr, path).toBe('');
});
