/** A project's activity: a bounded feed of what was noted, joined with what the tasks tell by themselves. */
import type { Json } from '../crdt.js';
import { isTime } from './args.js';
import type { Command, ProductEdit, ProductView, Query } from './document.js';
import { byTime, records, textOf } from './records.js';
import { BY_BYTES_MAX, tasks } from './tasks.js';

/** Noted rows kept; the oldest go first. */
export const ACTIVITY_MAX = 200;
const TEXT_BYTES_MAX = 1024;
const ROOT = 'activity';

export type ActivityCommand = {
  readonly type: 'activity.add';
  readonly kind: string;
  readonly text: string;
  readonly by: string;
  readonly at: string;
};
export type ActivityQuery = { readonly type: 'activity'; readonly limit?: number };

export interface Activity {
  readonly id: string;
  readonly kind: string;
  readonly text: string;
  readonly by: string | null;
  readonly at: string;
}

function noted(doc: ProductView): readonly Activity[] {
  const rows: Activity[] = [];
  for (const [id, fields] of records(doc, ROOT)) {
    const [kind, text, at] = [textOf(fields, 'kind', 128), textOf(fields, 'text', TEXT_BYTES_MAX), textOf(fields, 'at')];
    if (kind !== null && text !== null && at !== null && isTime(at))
      rows.push({ id, kind, text, by: textOf(fields, 'by', BY_BYTES_MAX), at });
  }
  return rows.sort(byTime((row) => row.at));
}

/** Task events cost no bytes: they are read from the tasks. */
function told(doc: ProductView): readonly Activity[] {
  return tasks(doc).flatMap((task) => {
    const rows: Activity[] = [];
    if (task.createdAt !== null)
      rows.push({ id: `${task.id}:added`, kind: 'task-added', text: task.title, by: task.createdBy, at: task.createdAt });
    if (task.doneAt !== null) rows.push({ id: `${task.id}:done`, kind: 'task-done', text: task.title, by: task.doneBy, at: task.doneAt });
    return rows;
  });
}

function forget(doc: ProductEdit, rows: readonly Activity[]): void {
  for (const { id } of rows) for (const name of ['kind', 'text', 'by', 'at']) doc.remove(ROOT, `${id}/${name}`);
}

export const activityCommands: Readonly<Record<ActivityCommand['type'], Command>> = {
  'activity.add'(doc, args) {
    const values = {
      kind: args.id('kind'),
      text: args.text('text', TEXT_BYTES_MAX),
      by: args.text('by', BY_BYTES_MAX),
      at: args.time('at'),
    };
    const id = doc.freshId();
    const rows = noted(doc);
    forget(doc, rows.slice(0, Math.max(0, rows.length - ACTIVITY_MAX + 1)));
    for (const [name, value] of Object.entries(values)) doc.set(ROOT, `${id}/${name}`, value);
    return { id };
  },
};

export const activityQueries: Readonly<Record<ActivityQuery['type'], Query>> = {
  /** The newest first. */
  activity(doc, args) {
    const limit = args.has('limit') ? args.number('limit', 0, 1000) : ACTIVITY_MAX;
    return [...noted(doc), ...told(doc)]
      .sort(byTime((row) => row.at))
      .reverse()
      .slice(0, limit) as unknown as Json;
  },
};
