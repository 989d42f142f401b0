/** `leanvibe recovery create`, `list`, `revoke`: twenty-four words that bring everything back. */
import { randomInt } from 'node:crypto';
import type { FreshWordsView, RecoverySetView } from '../../control/recovery-views.js';
import { failed, wrongUse } from '../base/failure.js';
import type { Call, CommandSpec } from '../base/spec.js';
import { askLine, askYes } from '../term/ask.js';
import { safe } from '../term/safe.js';
import { table } from '../term/table.js';
import { cutEnd } from '../term/width.js';
import { wrap } from '../term/wrap.js';
import { shortId } from '../term/words.js';

const COLUMNS = 4;
const ASKED_BACK = 2;
const TRIES = 3;

const day = (iso: string): string => iso.slice(0, 10);
const live = (sets: readonly RecoverySetView[]): readonly RecoverySetView[] => sets.filter(({ state }) => state === 'live');

/** What the words open, and what not yet. */
export function opens(
  { spaces }: Pick<RecoverySetView, 'spaces'>,
  columns: number,
): { readonly covered: string; readonly missing: string } {
  const named = (covered: boolean): string =>
    cutEnd(
      spaces
        .filter((one) => one.covered === covered)
        .map(({ name }) => safe(name))
        .join(', '),
      columns,
    );
  return { covered: named(true), missing: named(false) };
}

export const recoveryCreate: CommandSpec = {
  words: ['recovery', 'create'],
  summary: 'makes 24 words that bring everything back on a new device; shows them once',
  options: [
    { long: 'replace', help: 'revoke the words made before, once the new ones are written down' },
    { long: 'another', help: 'keep the words made before too' },
  ],
  json: true,
  async run(call) {
    const { cli, agent } = call;
    if (call.flag('replace') && call.flag('another')) throw wrongUse('--replace and --another do not go together', 'give one of them');
    const old = live(await agent.ask('recovery.list', {}));
    const replace = old.length > 0 && !call.flag('another') && (call.flag('replace') || (await mayReplace(call, old)));
    if (old.length > 0 && !replace && !call.flag('another')) return cli.line('  nothing changed');
    const made = await agent.ask('recovery.create', { another: old.length > 0 });
    if (!call.json) {
      show(call, made);
      if (cli.canAsk) await askBack(call, made.words, old);
    }
    const revoked: string[] = [];
    for (const { deviceId } of replace ? old : []) revoked.push((await agent.ask('recovery.revoke', { device: deviceId })).deviceId);
    if (call.json) return cli.json({ ...made, revoked });
    if (revoked.length > 0)
      cli.line(`  ${cli.style.done} the words of ${old.map(({ createdAt }) => day(createdAt)).join(', ')} are revoked`);
    cli.line(`    try them: ${cli.self} recovery check    if everything is lost: ${cli.self} recovery restore`);
  },
};

async function mayReplace({ cli }: Call, old: readonly RecoverySetView[]): Promise<boolean> {
  const made = old.map(({ createdAt }) => day(createdAt)).join(', ');
  if (!cli.canAsk)
    throw failed(`there are recovery words already, made on ${made}`, 'leanvibe recovery create --replace, or --another to keep both');
  return askYes(cli, `there are words already, made on ${made}; revoke them once you have written down new ones?`);
}

function show({ cli }: Call, made: FreshWordsView): void {
  const { style } = cli;
  const warning =
    'whoever has these words reads everything you have, and can let a device in. Write them on paper in this order; they are shown once, and kept nowhere';
  cli.lines(wrap(warning, cli.columns, `  ${style.needsYou} `, '    '));
  cli.line();
  const cell = (word: string, at: number): string => `${String(at + 1).padStart(2)} ${word.padEnd(12)}`;
  for (let at = 0; at < made.words.length; at += COLUMNS)
    cli.line(
      `  ${made.words
        .slice(at, at + COLUMNS)
        .map((word, next) => cell(word, at + next))
        .join(' ')
        .trimEnd()}`,
    );
  cli.line();
  const { covered, missing } = opens(made, cli.columns - 20);
  cli.line(`  they open ${covered}`);
  if (missing !== '') cli.line(`  ${style.needsYou} not ${missing}: you may let no device in there`);
}

/** Two of them, so that they stand on paper before anybody relies on it. */
async function askBack({ cli }: Call, words: readonly string[], old: readonly RecoverySetView[]): Promise<void> {
  const places = new Set<number>();
  while (places.size < ASKED_BACK) places.add(randomInt(words.length));
  for (const at of [...places].sort((a, b) => a - b)) {
    let right = false;
    for (let round = 0; round < TRIES && !right; round++) {
      const typed = await askLine(cli, `from your paper, word ${at + 1}:`);
      if (typed === null) break;
      right = typed.trim().toLowerCase() === words[at];
      if (!right) cli.note(`${cli.style.failed} that is not word ${at + 1}`);
    }
    if (!right)
      throw failed(
        `these words count, and are not proved to be on paper${old.length > 0 ? '; the ones before count too' : ''}`,
        'leanvibe recovery check proves them; if they are not on paper: leanvibe recovery create --replace',
      );
  }
  cli.line(`  ${cli.style.done} written down`);
}

export const recoveryList: CommandSpec = {
  words: ['recovery', 'list'],
  summary: 'the words that were made: since when, what they open, whom they let in',
  json: true,
  async run({ cli, agent, json }) {
    const sets = await agent.ask('recovery.list', {});
    if (json) return cli.json(sets);
    if (sets.length === 0) return cli.line(`  no recovery words; make some with: ${cli.self} recovery create`);
    const rows = sets.map((one) => [
      shortId(one.deviceId),
      day(one.createdAt),
      safe(one.createdBy),
      one.state === 'live' ? opens(one, cli.columns).covered : '✗ revoked',
      one.usedBy.map(({ name }) => safe(name)).join(', '),
    ]);
    const heads = [
      { head: 'id' },
      { head: 'made' },
      { head: 'on', cut: 'end' },
      { head: 'opens', cut: 'end' },
      { head: 'used by', cut: 'end' },
    ] as const;
    cli.lines(table(heads, rows, cli.columns));
    for (const one of live(sets)) {
      const { missing } = opens(one, cli.columns - 50);
      if (missing !== '') cli.line(`  ${cli.style.needsYou} not yet: ${missing}; with the words at hand: ${cli.self} recovery extend`);
    }
    if (live(sets).length === 0)
      cli.line(`  ${cli.style.needsYou} no words count any more; make new ones with: ${cli.self} recovery create`);
  },
};

export const recoveryRevoke: CommandSpec = {
  words: ['recovery', 'revoke'],
  summary: 'words that were lost or stolen open nothing any more (asks)',
  args: [{ name: 'id', optional: true }],
  options: [{ long: 'yes', help: 'do not ask' }],
  json: true,
  async run(call) {
    const { cli, agent } = call;
    const id = call.arg('id');
    const sets = live(await agent.ask('recovery.list', {}));
    const [first, ...more] = sets;
    if (id === undefined && first === undefined) throw failed('no recovery words count now', 'leanvibe recovery list');
    if (id === undefined && more.length > 0)
      throw failed(`${sets.length} sets of recovery words count now`, 'name one by its id: leanvibe recovery list');
    if (!call.flag('yes')) {
      if (!cli.canAsk) throw wrongUse('revoking recovery words needs a yes', 'leanvibe recovery revoke --yes');
      if (!(await askYes(cli, 'revoking cannot be undone; revoke these words?'))) return cli.line('  nothing changed');
    }
    const done = await agent.ask('recovery.revoke', { device: id ?? first?.deviceId ?? '' });
    if (call.json) return cli.json(done);
    cli.line(`  ${cli.style.done} the words of ${day(done.createdAt)} open nothing any more`);
    for (const { name } of done.usedBy)
      cli.line(`  ${cli.style.needsYou} they let in ${safe(name)}; if that was not you: ${cli.self} devices revoke <device>`);
  },
};
