/** A space's catalog: its name, its projects and where they moved to, the names of devices and people, shared settings. */
import { CommandRefused, type Json } from '../crdt.js';
import { isList, parseJson } from '../json.js';
import { isId, isTime } from './args.js';
import type { Command, ProductView, Query } from './document.js';
import type { Scalar } from './scalar.js';
import { compare, records, textOf } from './records.js';
import { BY_BYTES_MAX } from './tasks.js';

const ROOT_COMMITS_MAX = 64;
const REMOTE_BYTES_MAX = 2048;
const MOVED_BYTES_MAX = 1024;
export const SETTING_BYTES_MAX = 8 * 1024;

export type CatalogCommand =
  | {
      readonly type: 'project.set';
      readonly id: string;
      readonly name?: string;
      readonly kind?: string;
      readonly remote?: string | null;
      readonly rootCommits?: readonly string[];
    }
  | { readonly type: 'project.rm'; readonly id: string }
  /** The pointer that sharing leaves behind (C2). Of two at once one wins everywhere. */
  | ({ readonly type: 'project.move'; readonly id: string } & MovedProject)
  | { readonly type: 'space.name'; readonly name: string }
  | { readonly type: 'device.name'; readonly id: string; readonly name: string }
  | { readonly type: 'person.name'; readonly id: string; readonly name: string }
  /** null forgets the setting. */
  | { readonly type: 'setting.set'; readonly key: string; readonly value: Scalar };
export type CatalogQuery = { readonly type: 'catalog' };

/** Where a project went. */
export interface MovedProject {
  readonly space: string;
  readonly project: string;
  /** Tells the state that was taken over from one with later words. */
  readonly digest: string;
  /** The device that shared it, and brings over what is written late. */
  readonly by: string;
  readonly at: string;
}

export interface CatalogProject {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly rootCommits: readonly string[];
  readonly remote: string | null;
  readonly moved: MovedProject | null;
}

/** One text in one key, so that a pointer is there whole or not at all. */
function movedIn(text: string | null): MovedProject | null {
  const parsed = text === null ? undefined : parseJson(text);
  if (parsed === undefined || parsed === null || !isList(parsed)) return null;
  const [space, project, digest, by, at, ...rest] = parsed;
  const ids = [space, project, digest, by].filter((one): one is string => typeof one === 'string' && isId(one));
  if (ids.length !== 4 || typeof at !== 'string' || !isTime(at) || rest.length > 0) return null;
  const [toSpace = '', toProject = '', was = '', device = ''] = ids;
  return { space: toSpace, project: toProject, digest: was, by: device, at };
}

function projects(doc: ProductView): readonly CatalogProject[] {
  const rows: CatalogProject[] = [];
  for (const [id, fields] of records(doc, 'projects')) {
    const name = textOf(fields, 'name', BY_BYTES_MAX);
    if (name === null || fields.get('removed') === true) continue;
    const rootCommits = [...fields].flatMap(([field, value]) => (field.startsWith('root/') && value === true ? [field.slice(5)] : []));
    rows.push({
      id,
      name,
      kind: textOf(fields, 'kind', BY_BYTES_MAX) ?? '',
      rootCommits: rootCommits.sort(compare),
      remote: textOf(fields, 'remote', REMOTE_BYTES_MAX),
      moved: movedIn(textOf(fields, 'moved', MOVED_BYTES_MAX)),
    });
  }
  return rows.sort((a, b) => compare(a.name, b.name) || compare(a.id, b.id));
}

function names(doc: ProductView, root: string): Json {
  const rows: { id: string; name: string }[] = [];
  for (const [id, name] of doc.entries(root))
    if (typeof name === 'string' && name.length <= BY_BYTES_MAX && id.length <= 128) rows.push({ id, name });
  return rows.sort((a, b) => compare(a.id, b.id));
}

export const catalogCommands: Readonly<Record<CatalogCommand['type'], Command>> = {
  'project.set'(doc, args) {
    const id = args.id('id');
    const values: [string, Scalar][] = [];
    if (args.has('name')) values.push(['name', args.text('name', BY_BYTES_MAX, 1)]);
    if (args.has('kind')) values.push(['kind', args.text('kind', BY_BYTES_MAX)]);
    if (args.has('remote')) values.push(['remote', args.text('remote', REMOTE_BYTES_MAX)]);
    if (args.has('rootCommits')) for (const commit of args.ids('rootCommits', ROOT_COMMITS_MAX)) values.push([`root/${commit}`, true]);
    if (doc.get('projects', `${id}/name`) === undefined && !args.has('name'))
      throw new CommandRefused('project.set: a new project needs a "name".');
    if (doc.get('projects', `${id}/removed`) === true) values.push(['removed', false]);
    for (const [name, value] of values) doc.set('projects', `${id}/${name}`, value);
    return { id };
  },
  'project.rm'(doc, args) {
    const id = args.id('id');
    if (typeof doc.get('projects', `${id}/name`) !== 'string') throw new CommandRefused(`There is no project "${id}".`);
    doc.set('projects', `${id}/removed`, true);
    return { id };
  },
  'project.move'(doc, args) {
    const id = args.id('id');
    const pointer = [args.id('space'), args.id('project'), args.id('digest'), args.id('by'), args.time('at')];
    if (typeof doc.get('projects', `${id}/name`) !== 'string') throw new CommandRefused(`There is no project "${id}".`);
    doc.set('projects', `${id}/moved`, JSON.stringify(pointer));
    return { id };
  },
  'space.name'(doc, args) {
    doc.set('space', 'name', args.text('name', BY_BYTES_MAX, 1));
    return null;
  },
  'device.name'(doc, args) {
    const id = args.id('id');
    doc.set('devices', id, args.text('name', BY_BYTES_MAX, 1));
    return { id };
  },
  'person.name'(doc, args) {
    const id = args.id('id');
    doc.set('people', id, args.text('name', BY_BYTES_MAX, 1));
    return { id };
  },
  'setting.set'(doc, args) {
    const key = args.id('key');
    const value = args.scalar('value', SETTING_BYTES_MAX);
    if (value === null) doc.remove('settings', key);
    else doc.set('settings', key, value);
    return { key };
  },
};

export const catalogQueries: Readonly<Record<CatalogQuery['type'], Query>> = {
  catalog(doc) {
    const settings = [...doc.entries('settings')].filter(([key]) => key !== '__proto__').sort((a, b) => compare(a[0], b[0]));
    const name = doc.get('space', 'name');
    return {
      name: typeof name === 'string' && name.length <= BY_BYTES_MAX ? name : null,
      projects: projects(doc),
      devices: names(doc, 'devices'),
      people: names(doc, 'people'),
      settings: Object.fromEntries(settings),
    } as unknown as Json;
  },
};
