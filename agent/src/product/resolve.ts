/** Which project a person means: by name, by id or the start of one, by a folder, or by where they stand. */
import { isAbsolute } from 'node:path';
import { ControlFailure } from '../control/error.js';
import { type Catalogs, follow, type KnownProject } from './catalog.js';
import type { Folders } from './folders.js';

export interface ProjectRef {
  readonly project?: string;
  readonly folder?: string;
}

const ID_START_MIN = 4;

/** `catalogs`: all that whoever asks may know of; of nothing else a word is said. */
export async function resolveProject(
  catalogs: Pick<Catalogs, 'all'>,
  folders: Folders,
  { project, folder }: ProjectRef,
): Promise<KnownProject> {
  const every = await catalogs.all();
  const all = every.filter((one) => follow(every, one) === one);
  /** One that moved stands for what it has become. */
  const byId = (id: string | null): KnownProject | undefined => {
    const found = every.find((one) => one.id === id);
    return found === undefined ? undefined : follow(every, found);
  };
  if (project !== undefined) {
    const found =
      byId(project) ??
      named(all, project) ??
      movedNamed(every, project) ??
      byId(isAbsolute(project) ? await folders.around(project) : null);
    if (found !== undefined) return found;
    throw new ControlFailure(
      'no-project',
      `there is no project ${JSON.stringify(project.slice(0, 80))}`,
      all.length === 0 ? 'add one with: leanvibe add' : 'see: leanvibe projects',
    );
  }
  const here = folder === undefined ? undefined : byId(await folders.around(folder));
  if (here !== undefined) return here;
  if (folder === undefined) throw new ControlFailure('no-project', 'no project was named', 'name one with -p');
  throw new ControlFailure(
    'no-project',
    'this folder belongs to no project',
    all.length === 0 ? 'add it with: leanvibe add' : 'add it with: leanvibe add, or name a project with -p',
  );
}

/** By what it was called, or the start of its id, before it moved. */
function movedNamed(every: readonly KnownProject[], text: string): KnownProject | undefined {
  const found = named(
    every.filter((one) => follow(every, one) !== one),
    text,
  );
  return found === undefined ? undefined : follow(every, found);
}

function named(all: readonly KnownProject[], text: string): KnownProject | undefined {
  const many = (count: number): string => `${count} projects`;
  // What is left of a space one was taken out of never stands in the way of what is in use.
  return (
    matching(
      all.filter(({ left }) => !left),
      text,
      many,
    ) ?? matching(all, text, many)
  );
}

interface Findable {
  readonly id: string;
  readonly name: string;
}

/** By id, name, name in other letters, or the start of an id; the first of these that fits anything must fit one thing only. */
function matching<Row extends Findable>(all: readonly Row[], text: string, many: (count: number) => string): Row | undefined {
  const rules: readonly ((one: Row) => boolean)[] = [
    (one) => one.id === text,
    (one) => one.name === text,
    (one) => one.name.toLowerCase() === text.toLowerCase(),
    (one) => text.length >= ID_START_MIN && one.id.startsWith(text.toLowerCase()),
  ];
  for (const rule of rules) {
    const [first, ...more] = all.filter(rule);
    if (first === undefined) continue;
    if (more.length === 0) return first;
    const ids = [first, ...more]
      .slice(0, 4)
      .map((one) => one.id.slice(0, 8))
      .join(', ');
    throw new ControlFailure(
      'ambiguous',
      `${many(more.length + 1)} match ${JSON.stringify(text.slice(0, 80))}`,
      `use the start of an id: ${ids}`,
    );
  }
  return undefined;
}

/** The one row that is meant; refuses when there is none, or more than one. `what`: such as `space`; `see`: where they are listed. */
export function onlyMatch<Row extends Findable>(
  rows: readonly Row[],
  text: string,
  what: string,
  see: string,
  many: (count: number) => string = (count) => `${count} ${what}s`,
): Row {
  const found = matching(rows, text.trim(), many);
  if (found !== undefined) return found;
  throw new ControlFailure('not-found', `there is no ${what} ${JSON.stringify(text.slice(0, 80))}`, `see: ${see}`);
}

/** One row by its id or enough of its start. */
export function byIdStart<Row extends { readonly id: string }>(rows: readonly Row[], id: string, what: string, see: string): Row {
  const exact = rows.find((row) => row.id === id);
  const [first, ...more] = exact === undefined ? rows.filter((row) => row.id.startsWith(id)) : [exact];
  if (first === undefined) throw new ControlFailure('not-found', `there is no ${what} ${JSON.stringify(id.slice(0, 40))}`, `see: ${see}`);
  if (more.length > 0)
    throw new ControlFailure(
      'ambiguous',
      `${more.length + 1} ${what}s start with ${JSON.stringify(id.slice(0, 40))}`,
      'give more of the id',
    );
  return first;
}
