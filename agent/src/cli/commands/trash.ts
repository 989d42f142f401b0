/** `leanvibe trash`: deleted tasks and notes, for 30 days. */
import type { Call, CommandSpec } from '../base/spec.js';
import { safe } from '../term/safe.js';
import { table } from '../term/table.js';
import { ago, shortId } from '../term/words.js';

export const trashList: CommandSpec = {
  words: ['trash', 'list'],
  summary: 'lists what was deleted, of all projects or of one (-p)',
  project: true,
  json: true,
  async run(call) {
    const { cli } = call;
    const where = call.where();
    const all = await call.agent.ask('trash.list', 'project' in where ? where : {});
    if (call.json) return cli.json(all);
    if (all.length === 0) return cli.line('  the trash is empty');
    const rows = all.map((one) => [
      shortId(one.id),
      one.kind,
      safe(one.title),
      safe(one.project),
      safe(one.deletedBy),
      ago(one.deletedAt, cli.nowMs()),
    ]);
    cli.lines(
      table(
        [
          { head: 'id' },
          { head: 'what' },
          { head: 'title', cut: 'end' },
          { head: 'project', cut: 'end' },
          { head: 'by', cut: 'end' },
          { head: 'deleted' },
        ],
        rows,
        cli.columns,
      ),
    );
  },
};

export const trashRestore: CommandSpec = {
  words: ['trash', 'restore'],
  summary: 'brings something back',
  args: [{ name: 'id' }],
  project: true,
  json: true,
  async run(call) {
    const id = call.need('id');
    const one = await call.agent.ask('trash.restore', { ...(await projectOf(call, id)), id });
    if (call.json) call.cli.json(one);
    else call.cli.line(`  ${call.cli.style.done} brought back ${shortId(one.id)} · ${safe(one.title)}`);
  },
};

/** What was deleted is looked for in all projects, as `trash list` shows them, unless one is named. */
async function projectOf(call: Call, id: string): Promise<ReturnType<Call['where']>> {
  const where = call.where();
  if ('project' in where) return where;
  const found = (await call.agent.ask('trash.list', {})).filter((one) => one.id.startsWith(id));
  const [first] = found;
  return first !== undefined && found.every(({ project }) => project === first.project) ? { project: first.project } : where;
}
