/** Measures of this process and of its channels. */
import type { Channel } from '@leanvibe/core/ports/channel';
import type { Gauges } from './hours.js';

const MIB = 1024 * 1024;

/** Memory now, and the processor's share since the last call; `elapsedMs` only ever grows. */
export function createGauges(elapsedMs: () => number): () => Gauges {
  let [atMs, cpu] = [elapsedMs(), process.cpuUsage()];
  return () => {
    const [nowMs, used] = [elapsedMs(), process.cpuUsage(cpu)];
    const cpuPercent = nowMs > atMs ? (used.user + used.system) / 10 / (nowMs - atMs) : 0;
    [atMs, cpu] = [nowMs, process.cpuUsage()];
    return { memoryMb: process.memoryUsage.rss() / MIB, cpuPercent };
  };
}

/** The same channel, with the bytes of whole frames told, both ways. */
export function metered(channel: Channel, synced: (bytes: number) => void): Channel {
  return {
    ...channel,
    send: (frame) => {
      synced(frame.length);
      channel.send(frame);
    },
    start: (events) =>
      channel.start({
        ...events,
        onFrame: (frame) => {
          synced(frame.length);
          events.onFrame(frame);
        },
      }),
  };
}
