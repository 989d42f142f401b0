/** Projects of an account as the relay knows them: a random id and a sealed name. */

export interface ProjectTable {
  readonly account: string;
  /** 16 random bytes, hex. */
  readonly project: string;
  readonly name: Uint8Array | null;
  readonly madeMs: number;
  readonly changedMs: number;
}

export interface ProjectTables {
  readonly project: ProjectTable;
}
