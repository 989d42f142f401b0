/** `leanvibe logs`: what the agent noted; it holds no names, paths or content. Readable without a running agent too. */
import { tailLog } from '../../log/tail.js';
import type { Cli } from '../base/cli.js';
import { failed } from '../base/failure.js';
import type { CommandSpec } from '../base/spec.js';
import { untilInterrupted } from '../base/interrupt.js';
import { safe, safeJson } from '../term/safe.js';
import { cutEnd, padEnd } from '../term/width.js';

const LINES = 50;
const LINES_MAX = 10_000;

export const logs: CommandSpec = {
  words: ['logs'],
  summary: "the agent's log; -f follows it",
  options: [
    { long: 'follow', short: 'f', help: 'go on as it grows' },
    { long: 'lines', short: 'n', value: 'number', help: `how many (default ${LINES})` },
  ],
  json: true,
  async run(call) {
    const { cli, agent } = call;
    const lines = call.whole('lines', 0, LINES_MAX) ?? LINES;
    const follow = call.flag('follow');
    if (!(await agent.runs())) {
      if (follow) throw failed('no agent is running, so nothing is added to the log', 'leanvibe logs');
      const last = await tailLog(call.paths.log, lines);
      return show(cli, last, call.json);
    }
    const kept: string[] = [];
    const onLine = ({ line }: { readonly line: string }): void => {
      if (follow) cli.line(call.json ? safeJson(parsed(line)) : pretty(line, cli));
      else kept.push(line);
    };
    if (follow) await untilInterrupted((signal) => agent.follow('logs', { lines, follow }, onLine, signal));
    else await agent.follow('logs', { lines }, onLine);
    if (!follow) show(cli, kept, call.json);
  },
};

function show(cli: Cli, lines: readonly string[], json: boolean): void {
  if (json) cli.json(lines.map(parsed));
  else if (lines.length === 0) cli.line('  the log is empty');
  else cli.lines(lines.map((line) => pretty(line, cli)));
}

/** A line that is no JSON was cut by a crash: shown as it is. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return { event: line };
  }
}

const SYMBOLS = { error: 'failed', warn: 'needsYou' } as const;

function pretty(line: string, { style, columns }: Cli): string {
  const value = parsed(line);
  if (typeof value !== 'object' || value === null) return `  ${safe(line)}`;
  const { time, level, event, ...rest } = value as Readonly<Record<string, unknown>>;
  const symbol = level === 'error' || level === 'warn' ? style[SYMBOLS[level]] : ' ';
  const fields = Object.entries(rest).map(([name, field]) => `${name}=${typeof field === 'string' ? field : JSON.stringify(field)}`);
  const text = [padEnd(String(event ?? ''), 24), ...fields].join(' ');
  return `  ${symbol} ${String(time ?? '').slice(11, 19)} ${cutEnd(safe(text), columns - 13)}`.trimEnd();
}
