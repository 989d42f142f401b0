/** The control API's methods about metrics for a relay; part of METHODS. */
import { flag } from './fields.js';
import { method } from './method.js';

export interface MetricsPreviewView {
  /** Whether the person said yes; nothing is sent without it. */
  readonly on: boolean;
  /** The request as it would be sent: `body` to the byte; null while no whole hour was counted. */
  readonly path: string;
  readonly body: string | null;
  /** Which project each random id stands for; known on this device only. `name` is null for the device as a whole. */
  readonly projects: readonly { readonly project: string; readonly name: string | null }[];
}

export const METRICS_METHODS = {
  'metrics.preview': method<MetricsPreviewView>()({}),
  /** What was counted before a yes, or after a no, is forgotten and never sent. */
  'metrics.set': method<{ readonly on: boolean }>()({ on: flag }),
} as const;
