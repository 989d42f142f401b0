/** The audit trail: who did what and when, never content; addresses are hashed with a key of this relay. */

export interface Act {
  readonly account: string | null;
  readonly device: string | null;
  /** `login`, `device.pair`, `mailbox.make`, … */
  readonly act: string;
  /** A mailbox, a device, a project: an id, never a name. */
  readonly subject: string | null;
  readonly outcome: 'done' | 'refused';
  readonly address: string | null;
}

export interface Audit {
  /** Queued and written with others; never throws, a loss is counted and logged. */
  note(act: Act): void;
  /** Everything noted so far is on disk when it resolves. */
  flush(): Promise<void>;
  /** Writes what can be written; the rest is lost with this process, counted and logged. */
  close(): Promise<void>;
}

export interface AuditDep {
  readonly audit: Audit;
}
