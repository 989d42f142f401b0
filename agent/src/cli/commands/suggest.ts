/** `leanvibe suggest`, `suggestions`, `accept`, `reject`: what a model proposed for a line of code, recorded and judged. */
import type { SuggestionView } from '../../control/views.js';
import type { ParamsOf } from '../../control/methods.js';
import { readInput } from '../base/input.js';
import type { Call, CommandSpec, OptionSpec } from '../base/spec.js';
import { wrongUse } from '../base/failure.js';
import { safe, safeLines } from '../term/safe.js';
import { table } from '../term/table.js';
import { shortId } from '../term/words.js';

const INPUT_CHARS_MAX = 500_000;
const STATES = ['pending', 'accepted', 'rejected', 'conflict'] as const;

const FIELDS: readonly OptionSpec[] = [
  { long: 'file', value: 'path', help: 'the file, relative to the project', kind: 'path' },
  { long: 'line', value: 'number', help: 'the line, from 1' },
  { long: 'prompt', value: 'text', help: 'what was asked', lines: true },
  { long: 'suggestion', value: 'text', help: 'what was proposed (default: what is piped in)', lines: true },
  { long: 'model', value: 'name', help: 'who proposed it' },
  { long: 'confidence', value: 'number', help: 'from 0 to 1' },
  { long: 'tokens', value: 'number', help: 'how many tokens it took' },
  { long: 'response-ms', value: 'number', help: 'how long it took, in milliseconds' },
];

export const suggest: CommandSpec = {
  words: ['suggest'],
  summary: 'records a suggestion from flags, or from JSON or text that is piped in',
  options: FIELDS,
  project: true,
  json: true,
  async run(call) {
    const { cli } = call;
    const suggestion = await call.agent.ask('suggest', { ...call.where(), ...(await given(call)) });
    if (call.json) cli.json(suggestion);
    else cli.line(`  ${cli.style.done} recorded ${shortId(suggestion.id)} · ${safe(suggestion.file)}:${suggestion.line}`);
  },
};

type Given = Omit<ParamsOf<'suggest'>, 'project' | 'folder'>;

async function given(call: Call): Promise<Given> {
  const flags: Record<string, string | number> = {};
  for (const { long } of FIELDS) {
    const value = call.option(long);
    if (value !== undefined)
      flags[long === 'response-ms' ? 'responseMs' : long] = ['line', 'confidence', 'tokens', 'response-ms'].includes(long)
        ? numberOf(long, value)
        : value;
  }
  const piped = flags['suggestion'] === undefined ? fromInput(await readInput(call.cli, INPUT_CHARS_MAX)) : {};
  const all: Readonly<Record<string, unknown>> = { prompt: '', confidence: 0.5, ...piped, ...flags };
  for (const name of ['file', 'line', 'suggestion', 'model'])
    if (all[name] === undefined)
      throw wrongUse(`--${name} is missing`, 'leanvibe suggest --file a.ts --line 1 --model name --suggestion text');
  // Every field is checked against the method's own schema before anything is sent.
  return all as unknown as Given;
}

function numberOf(long: string, typed: string): number {
  const value = /^\d+(\.\d+)?$/.test(typed) ? Number(typed) : Number.NaN;
  if (Number.isNaN(value)) throw wrongUse(`--${long} must be a number`);
  return value;
}

/** A JSON object with the fields' names, else the suggestion's own text. */
function fromInput(text: string): Readonly<Record<string, unknown>> {
  if (text.trim() === '') return {};
  if (!text.trimStart().startsWith('{')) return { suggestion: text };
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && ('suggestion' in value || 'file' in value)) return { ...value };
  } catch {
    return { suggestion: text }; // code may begin with a brace
  }
  return { suggestion: text };
}

export const suggestions: CommandSpec = {
  words: ['suggestions'],
  summary: 'lists suggestions',
  options: [{ long: 'state', value: 'state', help: STATES.join(', '), choices: STATES }],
  project: true,
  json: true,
  async run(call) {
    const { cli } = call;
    const state = STATES.find((one) => one === call.option('state'));
    const all = await call.agent.ask('suggestions', { ...call.where(), ...(state === undefined ? {} : { state }) });
    if (call.json) return cli.json(all);
    if (all.length === 0) return cli.line(`  no ${state === undefined ? '' : `${state} `}suggestions`);
    const rows = all.map((one) => [
      shortId(one.id),
      stateWord(one),
      `${safe(one.file)}:${one.line}`,
      safe(one.model),
      `${Math.round(one.confidence * 100)} %`,
      safe(one.suggestion.split('\n')[0] ?? ''),
    ]);
    const heads = [
      { head: 'id' },
      { head: 'state' },
      { head: 'where', cut: 'middle' },
      { head: 'model', cut: 'end' },
      { head: 'sure', align: 'right' },
      { head: 'suggestion', cut: 'end' },
    ] as const;
    cli.lines(table(heads, rows, cli.columns));
    if (!all.some((one) => one.state === 'pending' || one.state === 'conflict')) return;
    cli.line();
    cli.line(`  judge with: ${cli.self} accept <id>, or reject <id>`);
  },
};

function stateWord({ state }: SuggestionView): string {
  return { pending: '• pending', accepted: '✓ accepted', rejected: '✗ rejected', conflict: '! conflict' }[state];
}

function verdict(word: 'accept' | 'reject', done: string): CommandSpec {
  return {
    words: [word],
    summary: `${word}s a suggestion`,
    args: [{ name: 'id' }],
    project: true,
    json: true,
    async run(call) {
      const { cli } = call;
      const one = await call.agent.ask(word, { ...call.where(), id: call.need('id') });
      if (call.json) return cli.json(one);
      if (one.state !== 'conflict') return cli.line(`  ${cli.style.done} ${done} ${shortId(one.id)} · ${safe(one.file)}:${one.line}`);
      cli.line(`  ${cli.style.needsYou} two verdicts stand for ${shortId(one.id)}: judge it once more to settle it`);
      for (const each of one.verdicts) cli.lines(safeLines(`    ${each.verdict} by ${each.by}`));
    },
  };
}

export const accept = verdict('accept', 'accepted');
export const reject = verdict('reject', 'rejected');
