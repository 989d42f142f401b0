/** Every metric the relay keeps of itself. Labels hold kinds only, never an id, an address or a name (C32); rules and dashboards name nothing else. */

export interface MetricSpec {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds in seconds. */
  readonly buckets?: readonly number[];
}

/** 0.1 s, 0.2 s, 0.3 s and 0.5 s are bounds of their own because the targets stand there. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10];
const DISK_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

export const METRICS = {
  leanvibe_relay_http_requests_total: {
    kind: 'counter',
    help: 'HTTP requests answered, by route as written in the API, method and status',
    labels: ['route', 'method', 'status'],
  },
  leanvibe_relay_http_request_seconds: {
    kind: 'histogram',
    help: 'seconds until an HTTP request was answered, by route',
    labels: ['route'],
    buckets: REQUEST_SECONDS,
  },
  leanvibe_relay_refused_total: { kind: 'counter', help: 'what was refused, by room and reason', labels: ['room', 'reason'] },
  leanvibe_relay_connections: { kind: 'gauge', help: 'open sync connections', labels: [] },
  leanvibe_relay_connections_closed_total: { kind: 'counter', help: 'sync connections that ended, by reason', labels: ['reason'] },
  leanvibe_relay_entries_total: { kind: 'counter', help: 'sealed entries, by direction (in, out)', labels: ['direction'] },
  leanvibe_relay_entry_bytes_total: { kind: 'counter', help: 'bytes of sealed entries, by direction (in, out)', labels: ['direction'] },
  leanvibe_relay_commit_seconds: {
    kind: 'histogram',
    help: 'seconds from an append to its commit',
    labels: [],
    buckets: DISK_SECONDS,
  },
  leanvibe_relay_dependency_up: { kind: 'gauge', help: '1 while a dependency answers, else 0', labels: ['dependency'] },
  leanvibe_relay_dependency_seconds: { kind: 'gauge', help: 'seconds the dependency took at the last check', labels: ['dependency'] },
  leanvibe_relay_disk_free_bytes: { kind: 'gauge', help: 'bytes free on the disk of the data folder', labels: [] },
  leanvibe_relay_draining: { kind: 'gauge', help: '1 from SIGTERM on', labels: [] },
  leanvibe_relay_ready: { kind: 'gauge', help: '1 while this copy answers ready', labels: [] },
  leanvibe_relay_errors_total: { kind: 'counter', help: 'errors nobody expected, by event', labels: ['event'] },
  leanvibe_relay_reports_lost_total: { kind: 'counter', help: 'error reports that could not be delivered', labels: [] },
  leanvibe_relay_audit_lost_total: { kind: 'counter', help: 'audit rows that could not be written', labels: [] },
  leanvibe_relay_limiter_alone_total: { kind: 'counter', help: 'rate decisions made by this copy alone, its Redis being gone', labels: [] },
  leanvibe_relay_hints_lost_total: { kind: 'counter', help: 'hints the other copies could not be told', labels: [] },
} as const satisfies Readonly<Record<string, MetricSpec>>;

export type MetricName = keyof typeof METRICS;
type Of<Kind extends MetricSpec['kind']> = { [Name in MetricName]: (typeof METRICS)[Name]['kind'] extends Kind ? Name : never }[MetricName];
export type CounterName = Of<'counter'>;
export type GaugeName = Of<'gauge'>;
export type HistogramName = Of<'histogram'>;
export type LabelsOf<Name extends MetricName> = Readonly<Record<(typeof METRICS)[Name]['labels'][number], string>>;
