/** `leanvibe metrics`: what a relay would be told, and the person's word whether it may be. */
import { COUNTERS, type Counter } from '@leanvibe/protocol/http/metric-limits';
import type { Sample } from '@leanvibe/protocol/http/metrics';
import type { Call, CommandSpec } from '../base/spec.js';
import { safe } from '../term/safe.js';
import { table } from '../term/table.js';
import { number } from '../term/words.js';

const WORDS: Readonly<Record<Counter, string>> = {
  suggestionsMade: 'made',
  suggestionsAccepted: 'accepted',
  suggestionsRejected: 'rejected',
  filesProcessed: 'files',
  tokens: 'tokens',
  syncBytes: 'bytes synced',
};

export const metricsPreview: CommandSpec = {
  words: ['metrics', 'preview'],
  summary: 'shows exactly what a relay would be told: numbers by the hour, random ids, no names',
  json: true,
  async run({ cli, agent, json }) {
    const shown = await agent.ask('metrics.preview', {});
    if (json) return cli.json(shown);
    cli.line(shown.on ? '  on: a relay you are signed in to is told this' : `  off: nothing is sent. Say yes with: ${cli.self} metrics on`);
    if (shown.body === null) return cli.line('  no whole hour was counted yet');
    const names = new Map(shown.projects.map(({ project, name }) => [project, name ?? 'this device']));
    const { samples } = JSON.parse(shown.body) as { readonly samples: readonly Sample[] };
    const rows = samples.map((one) => [
      new Date(one.hourMs).toISOString().slice(0, 16).replace('T', ' '),
      safe(names.get(one.project) ?? 'removed'),
      ...COUNTERS.map((name) => number(one[name])),
      one.memoryMb === undefined ? '' : number(one.memoryMb),
      one.cpuPercent === undefined ? '' : number(one.cpuPercent),
    ]);
    const right = (head: string): { readonly head: string; readonly align: 'right' } => ({ head, align: 'right' });
    const heads = [
      { head: 'hour (UTC)' },
      { head: 'project', cut: 'end' as const },
      ...COUNTERS.map((name) => right(WORDS[name])),
      right('MB'),
      right('CPU %'),
    ];
    cli.line();
    cli.lines(table(heads, rows, cli.columns));
    cli.line();
    cli.line(`  as sent to ${shown.path}, byte for byte; which id is which project is known here only:`);
    cli.line(`  ${safe(shown.body)}`);
  },
};

async function set({ cli, agent, json }: Call, on: boolean): Promise<void> {
  const now = await agent.ask('metrics.set', { on });
  if (json) return cli.json(now);
  const relays = on ? await agent.ask('relay.list', {}) : [];
  cli.line(
    on
      ? `  ${cli.style.done} metrics are on, from now; see what is sent with: ${cli.self} metrics preview`
      : `  ${cli.style.done} metrics are off; what was counted and not sent is forgotten`,
  );
  // The account itself must have agreed, which only a person who signs in can say.
  for (const { origin } of relays) cli.line(`  say so to the relay too: ${cli.self} relay login ${safe(origin)}`);
}

export const metricsOn: CommandSpec = {
  words: ['metrics', 'on'],
  summary: 'lets a relay be told counts of what is done here, from now on',
  json: true,
  run: (call) => set(call, true),
};

export const metricsOff: CommandSpec = {
  words: ['metrics', 'off'],
  summary: 'ends that, and forgets what was not sent; the default',
  json: true,
  run: (call) => set(call, false),
};
