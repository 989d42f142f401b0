/** What each room that holds something of an account brings: a way to tell it all, and a way to let it all go. */
import type { Session } from '../db/database.js';

export interface Exporter {
  /** `devices`, `metrics`, …: the name under which it stands in the export. */
  readonly room: string;
  /** Everything held of this account and of nobody else, in pages, as JSON can have it; no hashes of passwords or tokens. */
  rows(sql: Session, account: string): AsyncIterable<object>;
}

export interface Eraser {
  readonly room: string;
  /** Leaves nothing of the account; answers how many rows went. Called in one transaction with all others; may be called again. */
  erase(sql: Session, account: string): Promise<number>;
}

export interface GdprDep {
  readonly exporters: readonly Exporter[];
  readonly erasers: readonly Eraser[];
}
