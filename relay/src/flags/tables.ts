/** Feature flags that were set; one that was not has the default its name comes with. */

export interface FlagTable {
  readonly flag: string;
  /** Hundredths of a per cent, 0 to 10,000, of the subjects it is on for. */
  readonly share: number;
  readonly changedMs: number;
}

export interface FlagTables {
  readonly flag: FlagTable;
}
