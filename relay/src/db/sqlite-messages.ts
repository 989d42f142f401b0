/** What is said between the main thread and the one that owns the SQLite file. */

export interface SqliteData {
  /** A path, or `:memory:`. */
  readonly file: string;
}

export type ToSqlite =
  | { readonly id: number; readonly kind: 'query'; readonly sql: string; readonly parameters: readonly unknown[] }
  | { readonly id: number; readonly kind: 'close' };

export interface SqliteAnswer {
  readonly rows: readonly unknown[];
  /** Rows written, and the last row id; null for a statement that reads. */
  readonly changes: number | null;
  readonly lastId: number | null;
}

export type FromSqlite =
  | { readonly id: number; readonly answer: SqliteAnswer }
  | { readonly id: number; readonly failure: { readonly code: string; readonly message: string } };
