/** Aggregated metrics: counters and gauges per random project id, by the hour and by the day, and the means over all who take part (leak budget C32). */

/** Counters of one span of time; whole numbers. */
export interface Counted {
  readonly suggestionsMade: number;
  readonly suggestionsAccepted: number;
  readonly suggestionsRejected: number;
  readonly filesProcessed: number;
  readonly tokens: number;
  readonly syncBytes: number;
  readonly feedbackAccepted: number;
  readonly feedbackRejected: number;
  readonly feedbackLatencyMs: number;
}

/** Gauges as sums, so that any order of adding gives the same; means are taken when read. Both are whole numbers, mebibytes and per cent. */
export interface Gauged {
  readonly memorySamples: number;
  readonly memorySum: number;
  readonly memoryMax: number;
  readonly cpuSamples: number;
  readonly cpuSum: number;
  readonly cpuMax: number;
}

/** One hour, or one UTC day, of one project of one account; several devices add to one row. */
export interface SpanTable extends Counted, Gauged {
  readonly account: string;
  readonly project: string;
  readonly startMs: number;
}

/** Batches counted, so that none counts twice; kept for longer than any sample in one may be old. */
export interface BatchTable {
  readonly account: string;
  readonly batch: string;
  /** SHA-256 of what it said: the same name with other numbers is refused, not passed over. */
  readonly digest: string;
  readonly receivedMs: number;
}

/** The one published set of means; `people` is exact and stays in here. */
export interface FleetTable {
  readonly name: string;
  /** When it was last looked at, and when the means shown were computed. */
  readonly lookedMs: number;
  readonly computedMs: number | null;
  readonly people: number;
  readonly shown: 0 | 1;
  /** The means as JSON. */
  readonly means: string;
}

/** Who was counted in the means that are published: the next ones must differ from them by many people or by none. */
export interface FleetMemberTable {
  readonly account: string;
}

export interface MetricTables {
  readonly metricHour: SpanTable;
  readonly metricDay: SpanTable;
  readonly metricBatch: BatchTable;
  readonly fleet: FleetTable;
  readonly fleetMember: FleetMemberTable;
}
