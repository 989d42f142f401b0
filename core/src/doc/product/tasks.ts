/** Tasks: add, tick, rename, remove to the trash for thirty days, restore, purge. */
import { CommandRefused, type Json } from '../crdt.js';
import { isTime } from './args.js';
import type { Command, ProductEdit, ProductView, Query } from './document.js';
import { byTime, type Fields, records, textOf } from './records.js';

/** UTF-8 bytes of a title: a title is a line, the note is for more. */
export const TITLE_BYTES_MAX = 8 * 1024;
/** A person's or device's name or id, as commands carry it in `by`. */
export const BY_BYTES_MAX = 256;
export const TRASH_DAYS = 30;
const ROOT = 'tasks';
const DAY_MS = 86_400_000;

export type TaskCommand =
  | { readonly type: 'task.add'; readonly id?: string; readonly title: string; readonly by: string; readonly at: string }
  | { readonly type: 'task.title'; readonly id: string; readonly title: string }
  | { readonly type: 'task.done'; readonly id: string; readonly done: boolean; readonly by: string; readonly at: string }
  | { readonly type: 'task.rm'; readonly id: string; readonly by: string; readonly at: string }
  | { readonly type: 'task.restore'; readonly id: string }
  /** Forgets the content of tasks that have been in the trash for thirty days at `at`. */
  | { readonly type: 'trash.purge'; readonly at: string };
export type TaskQuery = { readonly type: 'tasks' } | { readonly type: 'trash'; readonly now: string };

export interface Task {
  readonly id: string;
  readonly title: string;
  readonly done: boolean;
  readonly createdBy: string | null;
  readonly createdAt: string | null;
  readonly doneBy: string | null;
  readonly doneAt: string | null;
}
export interface TrashedTask extends Task {
  readonly removedBy: string | null;
  readonly removedAt: string;
}

const FIELDS = ['title', 'done', 'createdBy', 'createdAt', 'doneBy', 'doneAt', 'removedBy', 'removedAt'] as const;

function row(id: string, fields: Fields): Task | null {
  const title = textOf(fields, 'title', TITLE_BYTES_MAX);
  if (title === null) return null;
  const time = (name: string): string | null => {
    const value = textOf(fields, name);
    return value !== null && isTime(value) ? value : null;
  };
  const done = fields.get('done') === true;
  return {
    id,
    title,
    done,
    createdBy: textOf(fields, 'createdBy', BY_BYTES_MAX),
    createdAt: time('createdAt'),
    doneBy: done ? textOf(fields, 'doneBy', BY_BYTES_MAX) : null,
    doneAt: done ? time('doneAt') : null,
  };
}

function removedAt(fields: Fields): string | null {
  const value = textOf(fields, 'removedAt');
  return value !== null && isTime(value) ? value : null;
}

/** All tasks, the oldest first; with `trashed` those in the trash instead, removed after `since` (milliseconds). */
export function tasks(doc: ProductView): readonly Task[] {
  const rows: Task[] = [];
  for (const [id, fields] of records(doc, ROOT)) {
    const task = removedAt(fields) === null ? row(id, fields) : null;
    if (task !== null) rows.push(task);
  }
  return rows.sort(byTime((task) => task.createdAt ?? ''));
}

export function trash(doc: ProductView, nowMs: number): readonly TrashedTask[] {
  const rows: TrashedTask[] = [];
  for (const [id, fields] of records(doc, ROOT)) {
    const removed = removedAt(fields);
    if (removed === null || Date.parse(removed) < nowMs - TRASH_DAYS * DAY_MS) continue;
    const task = row(id, fields);
    if (task !== null) rows.push({ ...task, removedAt: removed, removedBy: textOf(fields, 'removedBy', BY_BYTES_MAX) });
  }
  return rows.sort(byTime((task) => task.removedAt));
}

function mustExist(doc: ProductView, id: string): void {
  if (typeof doc.get(ROOT, `${id}/title`) !== 'string') throw new CommandRefused(`There is no task "${id}".`);
}

function purge(doc: ProductEdit, nowMs: number): number {
  let purged = 0;
  for (const [id, fields] of records(doc, ROOT)) {
    const removed = removedAt(fields);
    if (removed === null || Date.parse(removed) >= nowMs - TRASH_DAYS * DAY_MS) continue;
    for (const name of FIELDS) doc.remove(ROOT, `${id}/${name}`);
    purged++;
  }
  return purged;
}

export const taskCommands: Readonly<Record<TaskCommand['type'], Command>> = {
  'task.add'(doc, args) {
    const id = args.has('id') ? args.id('id') : doc.freshId();
    const values = { title: args.text('title', TITLE_BYTES_MAX, 1), createdBy: args.text('by', BY_BYTES_MAX), createdAt: args.time('at') };
    if (doc.get(ROOT, `${id}/title`) !== undefined) throw new CommandRefused(`There is a task "${id}" already.`);
    for (const [name, value] of Object.entries(values)) doc.set(ROOT, `${id}/${name}`, value);
    return { id };
  },
  'task.title'(doc, args) {
    const id = args.id('id');
    const title = args.text('title', TITLE_BYTES_MAX, 1);
    mustExist(doc, id);
    doc.set(ROOT, `${id}/title`, title);
    return { id };
  },
  'task.done'(doc, args) {
    const id = args.id('id');
    const values = { done: args.flag('done'), doneBy: args.text('by', BY_BYTES_MAX), doneAt: args.time('at') };
    mustExist(doc, id);
    if ((doc.get(ROOT, `${id}/done`) === true) === values.done) return { id };
    for (const [name, value] of Object.entries(values)) doc.set(ROOT, `${id}/${name}`, value);
    return { id };
  },
  'task.rm'(doc, args) {
    const id = args.id('id');
    const values = { removedAt: args.time('at'), removedBy: args.text('by', BY_BYTES_MAX) };
    mustExist(doc, id);
    for (const [name, value] of Object.entries(values)) doc.set(ROOT, `${id}/${name}`, value);
    return { id };
  },
  'task.restore'(doc, args) {
    const id = args.id('id');
    mustExist(doc, id);
    for (const name of ['removedAt', 'removedBy']) doc.remove(ROOT, `${id}/${name}`);
    return { id };
  },
  'trash.purge': (doc, args) => ({ purged: purge(doc, Date.parse(args.time('at'))) }),
};

export const taskQueries: Readonly<Record<TaskQuery['type'], Query>> = {
  tasks: (doc) => tasks(doc) as unknown as Json,
  trash: (doc, args) => trash(doc, Date.parse(args.time('now'))) as unknown as Json,
};
