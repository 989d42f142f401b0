/** Records in a flat root map: one key per field, `id/field`, so that two people creating or editing the same one merge field by field. */
import { isId } from './args.js';
import type { ProductView } from './document.js';
import type { Scalar } from './scalar.js';

export type Fields = ReadonlyMap<string, Scalar>;

/** Every well-named record of a root, in no order. Keys that are not `id/field` are other software's and are left out. */
export function records(doc: ProductView, root: string): ReadonlyMap<string, Fields> {
  const all = new Map<string, Map<string, Scalar>>();
  for (const [key, value] of doc.entries(root)) {
    const slash = key.indexOf('/');
    const id = key.slice(0, Math.max(slash, 0));
    if (!isId(id)) continue;
    let fields = all.get(id);
    if (fields === undefined) all.set(id, (fields = new Map()));
    fields.set(key.slice(slash + 1), value);
  }
  return all;
}

/** A field of the wrong type, or beyond what our own commands write, is as good as absent. */
export function textOf(fields: Fields, name: string, most = 64 * 1024): string | null {
  const value = fields.get(name);
  return typeof value === 'string' && value.length <= most ? value : null;
}

export function numberOf(fields: Fields, name: string): number | null {
  const value = fields.get(name);
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** By time, then by id: the same order on every device. */
export function byTime<Row extends { readonly id: string }>(timeOf: (row: Row) => string): (a: Row, b: Row) => number {
  return (a, b) => compare(timeOf(a), timeOf(b)) || compare(a.id, b.id);
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
