/** What product schemas need of a document: flat root maps of scalars and one root text each, so that concurrent creation loses nothing. */
import type { Json } from '../crdt.js';
import type { Args } from './args.js';
import type { Scalar } from './scalar.js';

export interface ProductView {
  /** The value under a root map's key; undefined when absent or when other software put something else there. */
  get(root: string, key: string): Scalar | undefined;
  entries(root: string): Iterable<readonly [key: string, value: Scalar]>;
  /** A root text as plain characters; what is not text in it is left out. */
  text(root: string): string;
  /** The length of `text` in UTF-16 units, and one of them (NaN beyond the end): cheap, however long the text is. */
  length(root: string): number;
  unitAt(root: string, at: number): number;
  /** A root text as runs of equal format. */
  runs(root: string): readonly { readonly text: string; readonly attributes: Json }[];
}

export interface ProductEdit extends ProductView {
  /** Writes nothing when the value is there already. */
  set(root: string, key: string, value: Scalar): void;
  remove(root: string, key: string): void;
  /** Replaces characters of a root text; positions count UTF-16 units of `text`. */
  splice(root: string, from: number, removed: number, inserted: string): void;
  format(root: string, from: number, length: number, attributes: Readonly<Record<string, Scalar>>): void;
  /** An id nobody else can make: this edit's client id and clock. */
  freshId(): string;
}

export type Command = (doc: ProductEdit, args: Args) => Json;
export type Query = (doc: ProductView, args: Args) => Json;
