/** Product documents on Yjs: root maps and root texts, read without trusting what they hold, written through Yjs's own types. */
import * as Y from 'yjs';
import type { ProductEdit, ProductView } from './product/document.js';
import type { Scalar } from './product/scalar.js';
import type { YjsReplica } from './yjs-replica.js';
import { formatText, readRuns, readText, spliceText, textLength, unitAt } from './yjs-text.js';

type AnyType = Y.AbstractType<unknown>;

/** Reads roots as they stand: naming a type for a root would change it, and throw if it has another. */
export function createProductView(replica: YjsReplica): ProductView {
  const { doc } = replica;
  const root = (name: string): AnyType | undefined => doc.share.get(name) as AnyType | undefined;
  return {
    get: (name, key) => scalarOf(root(name)?._map.get(key)),
    *entries(name) {
      for (const [key, item] of root(name)?._map ?? []) {
        const value = scalarOf(item);
        if (value !== undefined) yield [key, value];
      }
    },
    text: (name) => readText(root(name)),
    length: (name) => textLength(replica, root(name)),
    unitAt: (name, at) => unitAt(replica, root(name), at),
    runs: (name) => readRuns(root(name)),
  };
}

export function createProductEdit(replica: YjsReplica, clientId: number): ProductEdit {
  const { doc } = replica;
  const view = createProductView(replica);
  let made = 0;
  return {
    ...view,
    set(root, key, value) {
      if (view.get(root, key) !== value) doc.getMap(root).set(key, value);
    },
    remove(root, key) {
      if (doc.share.get(root)?._map.has(key) === true) doc.getMap(root).delete(key);
    },
    splice(root, from, removed, inserted) {
      if (removed > 0 || inserted !== '') spliceText(replica, rootText(doc, root), from, removed, inserted);
    },
    format: (root, from, length, attributes) => formatText(replica, rootText(doc, root), from, length, attributes),
    freshId: () => `${clientId.toString(36)}.${(Y.getState(doc.store, clientId) + made++).toString(36)}`,
  };
}

/** The shown value of a map entry if it is a scalar; whatever else stands there is as good as absent. */
function scalarOf(item: Y.Item | undefined): Scalar | undefined {
  if (item === undefined || item.deleted) return undefined;
  const { content } = item;
  if (content instanceof Y.ContentString) return content.str;
  if (!(content instanceof Y.ContentAny) && !(content instanceof Y.ContentJSON)) return undefined;
  const value: unknown = content.arr.at(-1);
  const fits =
    value === null || typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
  return fits ? value : undefined;
}

/** A root given its type late keeps formats that Yjs's own bookkeeping has missed: without this, insertions would lose or invent formats. */
function rootText(doc: Y.Doc, name: string): Y.Text {
  const late = doc.share.get(name) as AnyType | undefined;
  const text = doc.getText(name);
  if (late === undefined || late === (text as AnyType)) return text;
  for (let item = text._start; item !== null; item = item.right) {
    if (!(item.content instanceof Y.ContentFormat)) continue;
    text._searchMarker = null;
    text._hasFormatting = true;
    break;
  }
  return text;
}
