/** What the control API answers about quarantine, the signed history and unsent edits. Times are ISO 8601 in UTC and this device's own: links and changes carry none. */

export interface NoteLineView {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** What a document would say, compared with what it says. */
export interface DifferenceView {
  readonly note: { readonly before: string; readonly after: string; readonly lines: readonly NoteLineView[] } | null;
  readonly items: readonly {
    readonly part: 'task' | 'suggestion' | 'project' | 'device' | 'person' | 'fact' | 'token';
    readonly what: 'added' | 'changed' | 'removed';
    readonly id: string;
    readonly before: string | null;
    readonly after: string | null;
  }[];
  /** It changes something that no words here are for, in a document of another program. */
  readonly other: boolean;
}

export interface QuarantineRow {
  /** Of document and author, the same on every device; its start is enough for the other methods. */
  readonly id: string;
  readonly space: string;
  readonly spaceName: string;
  /** `project`, `suggestions`, `facts`, `catalog`, `other`. */
  readonly document: string;
  readonly documentId: string;
  readonly project: string | null;
  readonly projectName: string | null;
  readonly deviceId: string;
  readonly deviceName: string;
  readonly personName: string;
  /** Changes to decide about, and changes dropped already. */
  readonly changes: number;
  readonly dropped: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly detail: string;
  /** When the first was set aside on this device. */
  readonly since: string | null;
  /** Changes of others that would come along, by name. */
  readonly needs: readonly { readonly deviceId: string; readonly deviceName: string; readonly changes: number }[];
  readonly mayDecide: boolean;
  /** Empty when this device may decide; otherwise who may. */
  readonly decides: string;
}

export interface QuarantineDetail extends QuarantineRow {
  readonly difference: DifferenceView;
}

export interface QuarantineDecision {
  readonly id: string;
  readonly decision: 'accepted' | 'dropped';
  readonly changes: number;
}

export interface AuditLine {
  /** In words. */
  readonly text: string;
  /** Null for what follows from several links, such as a fork. */
  readonly link: string | null;
  readonly author: string;
  readonly authorName: string;
  readonly person: string | null;
  readonly personName: string;
  readonly index: number | null;
  /** The operation with its ids. */
  readonly operation: Readonly<Record<string, unknown>>;
  readonly verdict: string;
  /** Why it did not count, in words; empty when it did. */
  readonly why: string;
  readonly cause: readonly string[];
  readonly parents: readonly string[];
}

export interface AuditToken {
  readonly id: string;
  readonly name: string;
  readonly deviceId: string;
  readonly deviceName: string;
  readonly changes: number;
  /** Not yet sent to anybody, on this device. */
  readonly drafts: number;
  readonly documents: readonly { readonly document: string; readonly project: string | null; readonly changes: number }[];
  readonly first: string | null;
  readonly last: string | null;
}

export interface AuditView {
  readonly space: string;
  readonly name: string;
  readonly home: boolean;
  /** Links whose stored bytes, signatures and verdicts were checked anew just now. */
  readonly verified: number;
  readonly links: number;
  /** What is wrong with the stored log; empty when all is well. */
  readonly faults: readonly {
    readonly entry: string | null;
    readonly link: string | null;
    readonly what: string;
    readonly detail: string;
  }[];
  /** Entries that wait for a key. */
  readonly sealed: number;
  /** Causal order: what comes later may know what comes before; nothing here tells clock times. */
  readonly lines: readonly AuditLine[];
  readonly tokens: readonly AuditToken[];
}

export interface UnsentRow {
  readonly space: string;
  readonly spaceName: string;
  readonly document: string;
  readonly documentId: string;
  readonly project: string | null;
  readonly projectName: string | null;
  readonly edits: number;
  /** True when this device may no longer write there, so that they wait for nobody. */
  readonly stranded: boolean;
  readonly difference: DifferenceView | null;
  readonly detail: string;
}

export interface UnsentSaved {
  readonly path: string;
  readonly bytes: number;
  readonly documents: number;
}

export interface UnsentApplied {
  /** From which device the file came. */
  readonly from: string;
  readonly applied: readonly { readonly project: string; readonly text: string }[];
  /** What was there already. */
  readonly already: number;
  readonly left: readonly { readonly project: string; readonly text: string; readonly why: string }[];
}
