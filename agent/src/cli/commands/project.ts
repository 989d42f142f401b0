/** `leanvibe add`, `projects`, `show`, `remove`: folders that LeanVibe knows. */
import type { AddedProject, ProjectDetail } from '../../control/views.js';
import { isDirectory } from '../base/folders.js';
import { wrongUse } from '../base/failure.js';
import type { Call, CommandSpec } from '../base/spec.js';
import { projectTable, projectTitle } from '../base/project-table.js';
import { askYes } from '../term/ask.js';
import { safe } from '../term/safe.js';
import { table } from '../term/table.js';
import { ago, count, number, size } from '../term/words.js';

export const add: CommandSpec = {
  words: ['add'],
  summary: 'indexes a folder (default: this one) and keeps its tasks, notes and suggestions',
  args: [{ name: 'path', optional: true, kind: 'path' }],
  options: [{ long: 'title', value: 'name', help: "the project's name (default: the folder's)" }],
  json: true,
  async run(call) {
    const path = call.path(call.arg('path') ?? '.');
    if (!(await isDirectory(path))) throw wrongUse(`there is no folder ${safe(path).slice(0, 300)}`, 'leanvibe add <path of a folder>');
    const added = await addFolder(call, path, call.option('title'));
    if (call.json) return call.cli.json(added.project);
    call.cli.lines(addedLines(call, added));
  },
};

/** Adds a folder with its progress shown on stderr; with --json, in silence. */
export async function addFolder(call: Call, path: string, name?: string): Promise<AddedProject> {
  const progress = call.cli.progress('indexing', 'files');
  try {
    return await call.agent.follow('project.add', { path, ...(name === undefined ? {} : { name }) }, ({ phase, done, total }) => {
      if (!call.json) progress.tell(done, total, phase === 'reading' ? undefined : `(${phase})`);
    });
  } finally {
    progress.end();
  }
}

export function addedLines({ cli }: Pick<Call, 'cli'>, { project, added, sameAs }: AddedProject): readonly string[] {
  const first = `  ${cli.style.done} ${added ? 'added ' : ''}${projectTitle(project)}`;
  const also = sameAs === null ? [] : ['    the same repository as on another device: both are one project now'];
  return [first, ...also];
}

export const projects: CommandSpec = {
  words: ['projects'],
  summary: 'lists projects',
  options: [{ long: 'all', help: 'those too that moved to another space' }],
  json: true,
  robots: true,
  async run({ cli, agent, json, flag, asRobot }) {
    const all = await agent.ask('project.list', { all: flag('all') });
    if (json) return cli.json(all);
    if (all.length === 0 && asRobot) return cli.line('  this token sees no project');
    if (all.length === 0) return cli.line(`  no projects; add one with: ${cli.self} add <folder>`);
    // Where folders are is not told to robots.
    cli.lines(projectTable(all, cli.columns, cli.nowMs(), !asRobot));
  },
};

const TOP = 8;

export const show: CommandSpec = {
  words: ['show'],
  summary: 'shows one project in detail',
  args: [{ name: 'project', optional: true, kind: 'project' }],
  project: true,
  json: true,
  async run(call) {
    const { cli } = call;
    const one = await call.agent.ask('project.show', call.where(call.arg('project')));
    if (call.json) return cli.json(one);
    const { apart } = one;
    cli.line(`  ${projectTitle(one)}`);
    if (!call.asRobot) cli.line(`  ${safe(one.path ?? 'no folder on this device')}`);
    if (one.moved !== null) cli.line(`  ${cli.style.working} moved to ${safe(one.moved.spaceName)}`);
    if (!one.space.home) cli.line(`  in ${safe(one.space.name)}${one.mayWrite ? '' : ' · you may read it, not write'}`);
    cli.line(
      `  ${size(one.bytes)} · indexed ${ago(one.indexedAt, cli.nowMs())}${one.indexedBy === null ? '' : ` by ${safe(one.indexedBy)}`} · ${count(one.tasks.open, 'open task')} · ${count(one.suggestions.pending, 'suggestion')} to judge`,
    );
    const beside = Object.entries(apart)
      .filter(([, many]) => many > 0)
      .map(([what, many]) => `${number(many)} ${what}`);
    if (beside.length > 0) cli.line(`  not counted as text: ${beside.join(', ')}`);
    detail(call, one);
  },
};

/** What the index found, the first of each kind. */
function detail(call: Call, one: ProjectDetail): void {
  const { cli } = call;
  section(
    call,
    'languages',
    table(
      [
        { head: 'language', cut: 'end' },
        { head: 'files', align: 'right' },
        { head: 'lines', align: 'right' },
      ],
      one.languages.slice(0, TOP).map((each) => [safe(each.name), number(each.files), number(each.lines)]),
      cli.columns,
    ),
    one.languages.length,
  );
  section(
    call,
    'largest files',
    table(
      [
        { head: 'largest files', cut: 'middle' },
        { head: 'size', align: 'right' },
      ],
      one.largest.slice(0, TOP).map((each) => [safe(each.file), size(each.bytes)]),
      cli.columns,
    ),
    one.largest.length,
  );
  section(
    call,
    'todo',
    table(
      [
        { head: 'todo', cut: 'middle' },
        { head: '', cut: 'end' },
      ],
      one.todoList.slice(0, TOP).map((each) => [`${safe(each.file)}:${each.line}`, safe(each.text)]),
      cli.columns,
    ),
    one.todos,
  );
  section(
    call,
    'manifests',
    table(
      [{ head: 'manifest', cut: 'middle' }, { head: 'kind' }, { head: 'dependencies', align: 'right' }],
      one.manifests.slice(0, TOP).map((each) => [safe(each.file), safe(each.kind), number(each.dependencies)]),
      cli.columns,
    ),
    one.manifests.length,
  );
  section(
    call,
    'activity',
    table(
      [{ head: 'activity', cut: 'end' }, { head: 'by', cut: 'end' }, { head: '' }],
      one.activity.slice(0, TOP).map((each) => [safe(`${each.kind} ${each.text}`), safe(each.by), ago(each.at, cli.nowMs())]),
      cli.columns,
    ),
    one.activity.length,
  );
}

function section({ cli }: Call, name: string, lines: readonly string[], total: number): void {
  if (total === 0) return;
  cli.line();
  cli.lines(lines);
  if (total > TOP) cli.line(`  … and ${number(total - TOP)} more (${name}): see --json`);
}

export const remove: CommandSpec = {
  words: ['remove'],
  summary: "forgets a project's folder on this device; files are never touched",
  args: [{ name: 'project', kind: 'project' }],
  options: [
    { long: 'everywhere', help: 'take it off the list of all devices too' },
    { long: 'yes', help: 'do not ask' },
  ],
  json: true,
  async run(call) {
    const { cli } = call;
    const where = call.where(call.need('project'));
    const everywhere = call.flag('everywhere');
    if (everywhere && !call.flag('yes')) {
      const { name } = await call.agent.ask('project.show', where);
      if (!cli.canAsk) throw wrongUse('taking a project off all devices needs a yes', 'leanvibe remove <project> --everywhere --yes');
      if (!(await askYes(cli, `take ${safe(name)} off the list of all devices?`))) return cli.line('  nothing changed');
    }
    const gone = await call.agent.ask('project.remove', { ...where, everywhere });
    if (call.json) return cli.json(gone);
    cli.line(
      `  ${cli.style.done} ${safe(gone.name)} is ${gone.everywhere ? 'off the list of all devices' : 'no longer indexed here'}; its files are untouched`,
    );
    cli.line('    add its folder again and its tasks and notes are back');
  },
};
