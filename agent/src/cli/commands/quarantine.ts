/** `leanvibe quarantine`: what was written by devices that had been removed — listed, shown, accepted or dropped. */
import type { QuarantineRow } from '../../control/trust-views.js';
import { differenceLines } from '../base/difference-lines.js';
import { wrongUse } from '../base/failure.js';
import type { Call, CommandSpec, OptionSpec } from '../base/spec.js';
import { askYes } from '../term/ask.js';
import { safe } from '../term/safe.js';
import { table } from '../term/table.js';
import { ago, count, shortId } from '../term/words.js';

const SPACE: OptionSpec = { long: 'space', value: 'space', help: 'only of this space (default: all)' };
const ALL: OptionSpec = { long: 'all', help: 'with what was dropped' };
const YES: OptionSpec = { long: 'yes', help: 'do not ask' };

const placeOf = ({ projectName, document }: QuarantineRow): string =>
  projectName === null ? document : document === 'project' ? projectName : `${projectName}, ${document}`;
const authorOf = ({ personName, deviceName }: QuarantineRow): string =>
  personName === '' || personName === deviceName ? deviceName : `${personName}'s ${deviceName}`;

async function list(call: Call): Promise<void> {
  const { cli } = call;
  const space = call.option('space');
  const rows = await call.agent.ask('quarantine.list', { ...(space === undefined ? {} : { space }), all: call.flag('all') });
  if (call.json) return cli.json(rows);
  if (rows.length === 0) return cli.line(`  ${cli.style.done} nothing stands aside`);
  const several = new Set(rows.map((one) => one.space)).size > 1;
  const cells = rows.map((one) => [
    shortId(one.id),
    `${one.changes > 0 ? one.changes : one.dropped}`,
    safe(`${several ? `${one.spaceName}: ` : ''}${placeOf(one)}`),
    safe(authorOf(one)),
    ago(one.since, cli.nowMs()),
    one.changes > 0 ? one.detail : 'dropped',
  ]);
  cli.lines(
    table(
      [
        { head: 'id' },
        { head: 'changes', align: 'right' },
        { head: 'where', cut: 'end' },
        { head: 'by', cut: 'end' },
        { head: 'set aside here' },
        { head: 'why', cut: 'end' },
      ],
      cells,
      cli.columns,
    ),
  );
  cli.line();
  cli.line(`  see what it would change: ${cli.self} quarantine show <id>`);
}

const quarantineSpec = (words: CommandSpec['words'], summary: string): CommandSpec => ({
  words,
  summary,
  options: [SPACE, ALL],
  json: true,
  run: list,
});

export const quarantine = quarantineSpec(['quarantine'], 'what devices wrote after they were removed: kept aside until somebody decides');
export const quarantineList = quarantineSpec(['quarantine', 'list'], 'the same list');

export const quarantineShow: CommandSpec = {
  words: ['quarantine', 'show'],
  summary: 'shows what accepting it would change',
  args: [{ name: 'id' }],
  json: true,
  async run(call) {
    const { cli } = call;
    const one = await call.agent.ask('quarantine.show', { id: call.need('id') });
    if (call.json) return cli.json(one);
    const dropped = one.changes === 0 ? ', dropped' : '';
    cli.line(`  ${count(one.changes + one.dropped, 'change')} by ${safe(authorOf(one))} in ${safe(placeOf(one))}${dropped}`);
    cli.line(`  ${one.detail}`);
    for (const { deviceName, changes } of one.needs)
      cli.line(`  it builds on ${count(changes, 'change')} by ${safe(deviceName)}, which would come along`);
    cli.line();
    cli.lines(differenceLines(one.difference, cli));
    cli.line();
    const id = shortId(one.id);
    if (!one.mayDecide) return cli.line(`  ${cli.style.needsYou} ${safe(one.decides)} may accept or drop it`);
    cli.line(`  ${cli.self} quarantine accept ${id}${one.changes > 0 ? ` · ${cli.self} quarantine drop ${id}` : ''}`);
  },
};

export const quarantineAccept: CommandSpec = {
  words: ['quarantine', 'accept'],
  summary: 'brings it back on every device',
  args: [{ name: 'id' }],
  json: true,
  async run(call) {
    const done = await call.agent.ask('quarantine.accept', { id: call.need('id') });
    if (call.json) call.cli.json(done);
    else call.cli.line(`  ${call.cli.style.done} ${count(done.changes, 'change')} accepted: shown on every device from now on`);
  },
};

export const quarantineDrop: CommandSpec = {
  words: ['quarantine', 'drop'],
  summary: 'settles it without bringing it back (asks)',
  args: [{ name: 'id' }],
  options: [YES],
  json: true,
  async run(call) {
    const { cli, agent } = call;
    const id = call.need('id');
    if (!call.flag('yes')) {
      if (!cli.canAsk) throw wrongUse('dropping needs a yes', 'leanvibe quarantine drop <id> --yes');
      const one = await agent.ask('quarantine.show', { id });
      cli.note(
        `${count(one.changes, 'change')} by ${safe(authorOf(one))} in ${safe(placeOf(one))}; they stay on disk and can be accepted later`,
      );
      if (!(await askYes(cli, 'drop them?'))) return cli.line('  nothing changed');
    }
    const done = await agent.ask('quarantine.drop', { id });
    if (call.json) return cli.json(done);
    cli.line(
      `  ${cli.style.done} ${count(done.changes, 'change')} dropped; to change your mind: ${cli.self} quarantine accept ${shortId(done.id)}`,
    );
  },
};

export const quarantineSave: CommandSpec = {
  words: ['quarantine', 'save'],
  summary: 'writes it as a file that leanvibe unsent apply takes',
  args: [{ name: 'id' }, { name: 'file', kind: 'path' }],
  json: true,
  async run(call) {
    const done = await call.agent.ask('quarantine.save', { id: call.need('id'), path: call.path(call.need('file')) });
    if (call.json) call.cli.json(done);
    else call.cli.line(`  ${call.cli.style.done} written to ${safe(done.path)}`);
  },
};
