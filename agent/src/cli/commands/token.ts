/** `leanvibe token`: robots that may use this agent, each for some documents, for a time, and on record. */
import type { TokenLogView, TokenView } from '../../control/leaf-views.js';
import { TOKEN_SECONDS_MAX } from '../../control/token-methods.js';
import { splitPart } from '../../tokens/scope.js';
import { secondsOf } from '../base/duration.js';
import { wrongUse } from '../base/failure.js';
import type { Call, CommandSpec } from '../base/spec.js';
import { safe } from '../term/safe.js';
import { table } from '../term/table.js';
import { ago, count, lasted, number, shortId } from '../term/words.js';

const ROLES = ['viewer', 'editor'] as const;
const EXAMPLE = 'leanvibe token create ci --documents webapp:tasks --role editor --expires 30d';

export const tokenCreate: CommandSpec = {
  words: ['token', 'create'],
  summary: 'makes a token for a robot; its secret is shown once',
  args: [{ name: 'name' }],
  options: [
    {
      long: 'documents',
      value: 'list',
      help: 'projects it may see, separated by commas; each whole, or with :tasks, :notes or :suggestions behind it; or all',
    },
    { long: 'role', value: 'role', help: 'viewer reads, editor writes too (default viewer)', choices: ROLES },
    { long: 'expires', value: 'span', help: 'how long it lasts, such as 12h or 30d; a year at most' },
    { long: 'space', value: 'space', help: "the space of its projects (default: the projects' own, or home)" },
  ],
  json: true,
  async run(call) {
    const { cli } = call;
    const [documents, expires] = [call.option('documents'), call.option('expires')];
    if (documents === undefined) throw wrongUse('--documents is missing: a token sees nothing it was not given', EXAMPLE);
    if (expires === undefined) throw wrongUse('--expires is missing: every token ends', EXAMPLE);
    const space = call.option('space');
    const made = await call.agent.ask('token.create', {
      name: call.need('name'),
      documents: documentsOf(call, documents),
      role: ROLES.find((one) => one === call.option('role')) ?? 'viewer',
      expiresInSeconds: secondsOf('--expires', expires, TOKEN_SECONDS_MAX),
      ...(space === undefined ? {} : { space }),
    });
    if (call.json) return cli.json(made);
    const { token, secret } = made;
    cli.line(
      `  ${cli.style.done} ${safe(token.name)} may ${token.role === 'editor' ? 'read and write' : 'read'} ${scope(token)} for ${rest(token, cli.nowMs())}`,
    );
    cli.line();
    cli.line(`  ${secret}`);
    cli.line();
    cli.line('  shown this once: give it to the robot as LEANVIBE_TOKEN, or in a file with --token-file');
    cli.line(`  take it back with: ${cli.self} token revoke ${shortId(token.id)}`);
  },
};

/** A folder becomes its path; everything else is for the agent to know. */
function documentsOf(call: Call, typed: string): readonly string[] {
  const all = typed
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  return all.map((one) => {
    const split = splitPart(one);
    const name = split?.name ?? one;
    if (!/^(\.{0,2}\/|\.{1,2}$|~(\/|$))/.test(name)) return one;
    return `${call.path(name)}${split === null ? '' : `:${split.part}`}`;
  });
}

function scope({ documents }: TokenView): string {
  return documents.map((one) => (one === 'all' ? 'everything' : safe(one))).join(', ');
}

function rest({ expiresAt }: TokenView, nowMs: number): string {
  return lasted((Date.parse(expiresAt) - nowMs) / 1000 + 1);
}

function state(token: TokenView, nowMs: number): string {
  switch (token.state) {
    case 'live':
      return `✓ for ${rest(token, nowMs)}`;
    case 'expired':
      return `• expired ${ago(token.endedAt, nowMs)}`;
    case 'revoked':
      return `✗ revoked ${ago(token.endedAt, nowMs)}`;
    case 'copied':
      return `✗ ended ${ago(token.endedAt, nowMs)}`;
  }
}

export const tokenList: CommandSpec = {
  words: ['token', 'list'],
  summary: 'lists tokens, live ones first',
  json: true,
  async run({ cli, agent, json }) {
    const all = await agent.ask('token.list', {});
    if (json) return cli.json(all);
    if (all.length === 0)
      return cli.line(`  no tokens; make one with: ${cli.self} token create <name> --documents <project> --expires 30d`);
    const rows = all.map((one) => [
      safe(one.name),
      shortId(one.id),
      one.role,
      scope(one),
      state(one, cli.nowMs()),
      ago(one.lastUsedAt, cli.nowMs()),
      number(one.acts),
    ]);
    const heads = [
      { head: 'token', cut: 'end' },
      { head: 'id' },
      { head: 'role' },
      { head: 'documents', cut: 'end' },
      { head: '' },
      { head: 'used' },
      { head: 'acts', align: 'right' },
    ] as const;
    cli.lines(table(heads, rows, cli.columns));
  },
};

export const tokenRevoke: CommandSpec = {
  words: ['token', 'revoke'],
  summary: 'ends a token now: nothing more is done in its name',
  args: [{ name: 'token' }],
  json: true,
  async run(call) {
    const token = await call.agent.ask('token.revoke', { token: call.need('token') });
    if (call.json) return call.cli.json(token);
    call.cli.line(`  ${call.cli.style.done} ${safe(token.name)} is revoked: it may do nothing any more`);
    if (token.acts > 0) call.cli.line(`    what it did: ${call.cli.self} token log ${shortId(token.id)}`);
  },
};

const METHOD_WORDS: Readonly<Record<string, string>> = {
  'task.add': 'added a task',
  'task.done': 'ticked a task',
  'task.undone': 'opened a task again',
  'task.rm': 'deleted a task',
  'task.edit': 'renamed a task',
  'note.append': 'added to the note',
  'note.edit': 'edited the note',
  suggest: 'recorded a suggestion',
  accept: 'accepted a suggestion',
  reject: 'rejected a suggestion',
  'trash.restore': 'brought a task back',
};

export const tokenLog: CommandSpec = {
  words: ['token', 'log'],
  summary: 'what a token did here',
  args: [{ name: 'token' }],
  json: true,
  async run(call) {
    const { cli } = call;
    const log = await call.agent.ask('token.log', { token: call.need('token') });
    if (call.json) return cli.json(log);
    if (log.acts.length === 0) cli.line(`  ${safe(log.token.name)} has written nothing here`);
    const rows = log.acts.map((act) => [
      ago(act.at, cli.nowMs()),
      METHOD_WORDS[act.method] ?? act.method,
      safe(act.project),
      act.item === null ? '' : shortId(act.item),
      outcome(act.outcome),
    ]);
    if (rows.length > 0)
      cli.lines(
        table([{ head: 'when' }, { head: 'what' }, { head: 'project', cut: 'end' }, { head: 'id' }, { head: '' }], rows, cli.columns),
      );
    cli.lines(signedLines(log));
  },
};

function outcome(word: string): string {
  if (word === 'done') return '✓';
  return word === 'begun' ? '! the agent stopped before it was finished' : `✗ ${word}`;
}

/** The proof beside the list: changes that say so themselves. */
function signedLines({ changes }: TokenLogView): readonly string[] {
  const signed = changes.filter(({ change }) => change !== null).length;
  const drafts = changes.length - signed;
  if (changes.length === 0) return [];
  const waiting = drafts === 0 ? '' : `, and ${count(drafts, 'edit')} not sent yet`;
  return ['', `  ${count(signed, 'signed change')} in its name${waiting}`];
}
