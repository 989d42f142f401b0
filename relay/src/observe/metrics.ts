/** The relay's own numbers for Prometheus, with what Node says of the process; values that could name somebody become `other`. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import {
  type CounterName,
  type GaugeName,
  type HistogramName,
  type LabelsOf,
  METRICS,
  type MetricName,
  type MetricSpec,
} from './metric-table.js';

export interface Metrics {
  count<Name extends CounterName>(name: Name, labels: LabelsOf<Name>, by?: number): void;
  set<Name extends GaugeName>(name: Name, labels: LabelsOf<Name>, value: number): void;
  /** Seconds. */
  observe<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>, seconds: number): void;
  /** The text a scrape is answered with, and its content type. */
  text(): Promise<string>;
  readonly contentType: string;
}

export interface MetricsDep {
  readonly metrics: Metrics;
}

/** Words of the program: a route with its placeholders, a reason, a status. A random id is longer, or has no such letters. */
const KIND = /^[a-zA-Z0-9/_:{}.*-]{1,64}$/;
const LOOKS_LIKE_ID = /[0-9a-f]{12,}|[0-9a-f]{8}-[0-9a-f]{4}-|\d{6,}|\d+\.\d+\.\d+\.\d+|@/i;
/** A route nobody wrote must not grow memory. */
const VALUES_MAX = 200;
const OTHER = 'other';

/** `process`: with what Node says of itself (memory, CPU, event-loop lag, garbage collection); false for tests of this room. */
export function createMetrics(options: { readonly process: boolean }): Metrics {
  const registry = new Registry();
  if (options.process) collectDefaultMetrics({ register: registry });
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  for (const [name, spec] of Object.entries<MetricSpec>(METRICS)) {
    const config = { name, help: spec.help, labelNames: [...spec.labels], registers: [registry] };
    if (spec.kind === 'counter') counters.set(name, new Counter(config));
    else if (spec.kind === 'gauge') gauges.set(name, new Gauge(config));
    else histograms.set(name, new Histogram({ ...config, buckets: [...(spec.buckets ?? [])] }));
  }
  const known = new Map<string, Set<string>>();
  const tame = (name: MetricName, labels: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(METRICS[name].labels.map((label) => [label, kindOf(known, `${name} ${label}`, labels[label] ?? OTHER)]));
  return {
    count: (name, labels, by = 1) => counters.get(name)?.inc(tame(name, labels), by),
    set: (name, labels, value) => gauges.get(name)?.set(tame(name, labels), value),
    observe: (name, labels, seconds) => histograms.get(name)?.observe(tame(name, labels), seconds),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function kindOf(known: Map<string, Set<string>>, place: string, value: string): string {
  const values = known.get(place) ?? new Set<string>();
  known.set(place, values);
  if (values.has(value)) return value;
  if (values.size >= VALUES_MAX || !KIND.test(value) || LOOKS_LIKE_ID.test(value)) return OTHER;
  values.add(value);
  return value;
}
