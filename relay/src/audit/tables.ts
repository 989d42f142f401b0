/** The audit trail. */

export interface AuditTable {
  /** UUID. */
  readonly audit: string;
  readonly atMs: number;
  readonly account: string | null;
  readonly device: string | null;
  readonly act: string;
  readonly subject: string | null;
  readonly outcome: 'done' | 'refused';
  /** The client's address under a key of this relay. */
  readonly address: string | null;
}

export interface AuditTables {
  readonly audit: AuditTable;
}
