/** `leanvibe task …`: a project's tasks from the terminal. */
import type { TaskView } from '../../control/views.js';
import type { Call, CommandSpec } from '../base/spec.js';
import { safe } from '../term/safe.js';
import { table } from '../term/table.js';
import { ago, number, shortId } from '../term/words.js';

const ID = { name: 'id' } as const;

function tell({ cli, json }: Call, task: TaskView, what: string): void {
  if (json) cli.json(task);
  else cli.line(`  ${cli.style.done} ${what} ${shortId(task.id)} · ${safe(task.title)}`);
}

export const taskAdd: CommandSpec = {
  words: ['task', 'add'],
  summary: 'adds a task',
  args: [{ name: 'title', rest: true }],
  project: true,
  json: true,
  async run(call) {
    tell(call, await call.agent.ask('task.add', { ...call.where(), title: call.need('title') }), 'added');
  },
};

export const taskList: CommandSpec = {
  words: ['task', 'list'],
  summary: 'lists tasks, open ones first',
  options: [{ long: 'open', help: 'open ones only' }],
  project: true,
  json: true,
  async run(call) {
    const { cli } = call;
    const all = await call.agent.ask('task.list', { ...call.where(), all: !call.flag('open') });
    if (call.json) return cli.json(all);
    if (all.length === 0) return cli.line(`  no ${call.flag('open') ? 'open ' : ''}tasks; add one with: ${cli.self} task add <title>`);
    const rows = all
      .toSorted((a, b) => Number(a.done) - Number(b.done))
      .map((task) => [task.done ? '✓' : '', shortId(task.id), safe(task.title), safe(task.createdBy), ago(task.createdAt, cli.nowMs())]);
    const heads = [
      { head: '' },
      { head: 'id' },
      { head: 'task', cut: 'end' },
      { head: 'by', cut: 'end', spare: true },
      { head: 'added', spare: true },
    ] as const;
    cli.lines(table(heads, rows, cli.columns));
    cli.line();
    const done = all.filter((task) => task.done).length;
    cli.line(`  ${number(all.length - done)} open${done === 0 ? '' : `, ${number(done)} done`}`);
  },
};

export const taskDone: CommandSpec = {
  words: ['task', 'done'],
  summary: 'ticks a task',
  args: [ID],
  project: true,
  json: true,
  run: async (call) => tell(call, await call.agent.ask('task.done', { ...call.where(), id: call.need('id') }), 'done'),
};

export const taskUndone: CommandSpec = {
  words: ['task', 'undone'],
  summary: 'opens a task again',
  args: [ID],
  project: true,
  json: true,
  run: async (call) => tell(call, await call.agent.ask('task.undone', { ...call.where(), id: call.need('id') }), 'open again'),
};

export const taskRemove: CommandSpec = {
  words: ['task', 'rm'],
  summary: 'deletes a task; trash keeps it for 30 days',
  args: [ID],
  project: true,
  json: true,
  async run(call) {
    const task = await call.agent.ask('task.rm', { ...call.where(), id: call.need('id') });
    tell(call, task, 'deleted');
    if (!call.json) call.cli.line(`    undo with: ${call.cli.self} trash restore ${shortId(task.id)}`);
  },
};

export const taskEdit: CommandSpec = {
  words: ['task', 'edit'],
  summary: 'gives a task another title',
  args: [ID, { name: 'title', rest: true }],
  project: true,
  json: true,
  run: async (call) =>
    tell(call, await call.agent.ask('task.edit', { ...call.where(), id: call.need('id'), title: call.need('title') }), 'changed'),
};
