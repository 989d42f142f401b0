/** `leanvibe recovery check`, `extend`, `restore`: what a person does with the words in hand. */
import type { RestoredView, RestoreProgressView } from '../../control/recovery-views.js';
import { runInBackground } from '../base/background.js';
import { failed } from '../base/failure.js';
import { untilInterrupted } from '../base/interrupt.js';
import type { Call, CommandSpec, OptionSpec } from '../base/spec.js';
import { askWords } from '../term/ask-words.js';
import { safe } from '../term/safe.js';
import { wrap } from '../term/wrap.js';
import { count } from '../term/words.js';
import { opens } from './recovery.js';

const SHOW: OptionSpec = { long: 'show', help: 'show the words while they are typed' };
const NEVER_THERE = [
  'recovery words do not belong on the command line: other users and the history of the shell can read them',
  'type them when asked, or pipe them in; and take this line out of the history',
] as const;

/** Read and understood here first: an agent never sees what is no set of words. */
async function wordsOf(call: Call): Promise<string> {
  const { readWords, splitWords, WORDS_COUNT } = await import('@leanvibe/core/recovery/words');
  const { wordsProblem } = await import('../../daemon/words-problem.js');
  const judge = (typed: string): ReturnType<typeof wordsProblem> | null => {
    const read = readWords(typed);
    return read.ok ? null : wordsProblem(read.error);
  };
  const enough = (typed: string): boolean => splitWords(typed).length >= WORDS_COUNT;
  return splitWords(await askWords(call.cli, judge, { shown: call.flag('show'), enough })).join(' ');
}

export const recoveryCheck: CommandSpec = {
  words: ['recovery', 'check'],
  summary: 'whether the words you wrote down are right, and what they open',
  options: [SHOW],
  refusesArgs: NEVER_THERE,
  json: true,
  async run(call) {
    const { cli, agent } = call;
    const found = await agent.ask('recovery.check', { words: await wordsOf(call) });
    if (call.json) cli.json(found);
    if (found.state === 'unknown')
      throw failed('the words are whole, and this device knows nothing of them', 'check them on a device of the person they are for');
    if (found.state === 'revoked') throw failed('the words are whole, and were revoked: they open nothing', 'leanvibe recovery create');
    if (call.json) return;
    const made = found.set === null ? '' : `, made on ${found.set.createdAt.slice(0, 10)}`;
    cli.line(`  ${cli.style.done} right: they bring back ${safe(found.personName ?? 'you')}${made}`);
    if (found.set === null) return;
    const { covered, missing } = opens(found.set, cli.columns - 20);
    cli.line(`    they open ${covered}`);
    if (missing !== '') cli.line(`  ${cli.style.needsYou} not yet ${missing}: ${cli.self} recovery extend`);
  },
};

export const recoveryExtend: CommandSpec = {
  words: ['recovery', 'extend'],
  summary: 'lets the words open the spaces that came after them',
  options: [SHOW],
  refusesArgs: NEVER_THERE,
  json: true,
  async run(call) {
    const { cli, agent } = call;
    const set = await agent.ask('recovery.extend', { words: await wordsOf(call) });
    if (call.json) return cli.json(set);
    const { covered, missing } = opens(set, cli.columns - 20);
    cli.line(`  ${cli.style.done} they open ${covered}`);
    if (missing !== '') cli.line(`  ${cli.style.needsYou} not ${missing}: you may let no device in there`);
  },
};

export const recoveryRestore: CommandSpec = {
  words: ['recovery', 'restore'],
  summary: 'brings everything back on a new device, from any device that still has it',
  options: [
    {
      long: 'peer',
      value: 'address',
      help: 'the device to ask: its pairing link, or address:port (default: all on this network)',
      ownVariable: true,
    },
    SHOW,
  ],
  refusesArgs: NEVER_THERE,
  json: true,
  async run(call) {
    const { cli, agent } = call;
    const runs = await agent.runs();
    if (runs && (await agent.ask('project.list', {})).length > 0)
      throw failed('this home has data of its own already', 'name an empty home with --home, or start this one over: leanvibe reset');
    const words = await wordsOf(call);
    if (!runs) await runInBackground(call, ['--home', call.paths.home]);
    const peer = call.option('peer');
    const progress = cli.progress('asking', 'devices');
    const reading = cli.progress('reading', 'changes');
    const tell = ({ phase, asked, entries }: RestoreProgressView): void => {
      if (call.json) return;
      if (phase !== 'reading') return progress.tell(asked, 0);
      progress.end();
      reading.tell(entries, 0);
    };
    const restored = await untilInterrupted((signal) =>
      agent.follow('recovery.restore', { words, ...(peer === undefined ? {} : { peer }) }, tell, signal),
    ).finally(() => (progress.end(), reading.end()));
    if (restored === null) throw failed('stopped; nothing was restored');
    if (call.json) return cli.json(restored);
    done(call, restored);
  },
};

function done({ cli }: Call, { home, spaces, failed: lost, helpers }: RestoredView): void {
  const { style } = cli;
  const by = helpers.map(({ name }) => safe(name)).join(', ');
  const names = spaces.map(({ name }) => safe(name)).join(', ');
  const what = home ? `everything ${by} has of yours is back` : `${count(spaces.length, 'space')} back from ${by}: ${names}`;
  cli.lines(wrap(`${what}; this is a new device of yours`, cli.columns, `  ${style.done} `, '    '));
  if (!home)
    cli.lines(
      wrap(
        'no device of your own was found: what was in no shared space is not back, and this device has a new home',
        cli.columns,
        `  ${style.needsYou} `,
        '    ',
      ),
    );
  if (lost.length > 0)
    cli.line(
      `  ${style.needsYou} ${count(lost.length, 'space')} could not be proved or opened, and ${lost.length === 1 ? 'is' : 'are'} not back`,
    );
  cli.line(`    devices that are gone are still listed: ${cli.self} devices revoke <device>`);
  cli.line(`    these words were typed here; make new ones: ${cli.self} recovery create --replace`);
}
