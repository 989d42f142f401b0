/** What a process costs: bytes on its sockets and processor time, all threads together. */
import { channel } from 'node:diagnostics_channel';
import { existsSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface Cost {
  readonly cpuMs: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

const sockets = new Set<Socket>();
const past = { bytesIn: 0, bytesOut: 0 };

/** Call before the first socket is made: counts every TCP socket from then on. */
export function countSockets(): void {
  const count = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket };
    sockets.add(socket);
    socket.once('close', () => {
      if (!sockets.delete(socket)) return;
      past.bytesIn += socket.bytesRead;
      past.bytesOut += socket.bytesWritten;
    });
  };
  channel('net.client.socket').subscribe(count);
  channel('net.server.socket').subscribe(count);
}

export interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}

/** After everything unreachable was collected. */
export function memoryNow(): Memory {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let round = 0; round < 3; round++) collect();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heapUsed, external };
}

/** Since the process began. */
export function costSoFar(): Cost {
  const cpu = process.cpuUsage();
  let { bytesIn, bytesOut } = past;
  for (const socket of sockets) {
    bytesIn += socket.bytesRead;
    bytesOut += socket.bytesWritten;
  }
  return { cpuMs: (cpu.user + cpu.system) / 1000, bytesIn, bytesOut };
}

export function costBetween(before: Cost, after: Cost): Cost {
  return { cpuMs: after.cpuMs - before.cpuMs, bytesIn: after.bytesIn - before.bytesIn, bytesOut: after.bytesOut - before.bytesOut };
}

/** Milliseconds of the clock that all processes of one machine share. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Bytes read by system calls of all threads; null where the system does not say. */
export function bytesReadSoFar(): number | null {
  if (!existsSync('/proc/self/io')) return null;
  return Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1] ?? 0);
}
