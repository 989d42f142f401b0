/** How late the main loop runs: the figure that says whether hostile or heavy work reached it. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { LoopLag } from '../control/leaf-views.js';

export interface LagMonitor {
  /** Since the last `take`. */
  peek(): LoopLag;
  /** Since the last call, so that a burst is not averaged away. */
  take(): LoopLag;
  stop(): void;
}

const RESOLUTION_MS = 10;

/** The monitor's own timer counts as delay; it is taken off. */
export function watchLag(): LagMonitor {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  const ms = (nanoseconds: number): number =>
    Number.isFinite(nanoseconds) ? Math.round(Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS) * 10) / 10 : 0;
  const peek = (): LoopLag =>
    histogram.count === 0
      ? { p50Ms: 0, p99Ms: 0, maxMs: 0 }
      : { p50Ms: ms(histogram.percentile(50)), p99Ms: ms(histogram.percentile(99)), maxMs: ms(histogram.max) };
  return {
    peek,
    take() {
      const lag = peek();
      histogram.reset();
      return lag;
    },
    stop: () => void histogram.disable(),
  };
}
