/** `leanvibe space …` and `leanvibe share`: spaces that people share, and projects put into them. */
import type { CommandSpec } from '../base/spec.js';
import { debtLines, SPACE_OPTION, spaceTable, typed } from '../base/team-lines.js';
import { wrongUse } from '../base/failure.js';
import { safe } from '../term/safe.js';

export const spaceCreate: CommandSpec = {
  words: ['space', 'create'],
  summary: 'makes a space to share with other people; you own it',
  args: [{ name: 'name', rest: true }],
  json: true,
  async run(call) {
    const { cli } = call;
    const space = await call.agent.ask('space.create', { name: call.need('name') });
    if (call.json) return cli.json(space);
    const name = typed(space.name);
    cli.line(`  ${cli.style.done} ${safe(space.name)} is made, and you own it`);
    cli.line(`    put a project into it: ${cli.self} share <project> --space ${name}`);
    cli.line(`    let somebody in:       ${cli.self} invite --space ${name}`);
  },
};

export const spaceList: CommandSpec = {
  words: ['space', 'list'],
  summary: 'every space you are in, and what you may do there',
  json: true,
  async run({ cli, agent, json }) {
    const all = await agent.ask('space.list', {});
    if (json) return cli.json(all);
    cli.lines(spaceTable(all, cli.columns));
    const debts = debtLines(all, cli);
    if (debts.length > 0) cli.lines(['', ...debts]);
    if (all.length > 1) return;
    cli.line();
    cli.line(`  home holds your own devices; to share with others: ${cli.self} space create <name>`);
  },
};

export const spaceRename: CommandSpec = {
  words: ['space', 'rename'],
  summary: 'gives a space another name, for everybody in it',
  args: [{ name: 'space' }, { name: 'name', rest: true }],
  json: true,
  async run(call) {
    const space = await call.agent.ask('space.rename', { space: call.need('space'), name: call.need('name') });
    if (call.json) call.cli.json(space);
    else call.cli.line(`  ${call.cli.style.done} it is called ${safe(space.name)} now`);
  },
};

export const share: CommandSpec = {
  words: ['share'],
  summary: 'moves a project with its tasks, notes and suggestions into a space',
  args: [{ name: 'project', optional: true, kind: 'project' }],
  options: [{ ...SPACE_OPTION, help: 'the space it goes to, by name or id' }],
  project: true,
  json: true,
  async run(call) {
    const { cli } = call;
    const space = call.option('space');
    if (space === undefined) throw wrongUse('say into which space', 'leanvibe share <project> --space <space>');
    const project = await call.agent.ask('project.share', { ...call.where(call.arg('project')), space });
    if (call.json) return cli.json(project);
    const name = safe(project.name);
    cli.line(
      project.space.home
        ? `  ${cli.style.done} ${name} is with your own projects now`
        : `  ${cli.style.done} ${name} is in ${safe(project.space.name)} now; everybody there sees its tasks, notes and suggestions`,
    );
    if (project.path !== null) cli.line(`    commands in ${safe(project.path)} mean the shared one from now on`);
  },
};
