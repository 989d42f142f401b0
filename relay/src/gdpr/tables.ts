/** What is left of accounts that are gone. */

export interface ReceiptTable {
  readonly receipt: string;
  readonly erasedMs: number;
  /** How many rows went, by room; JSON. */
  readonly rows: string;
}

export interface GdprTables {
  readonly receipt: ReceiptTable;
}
