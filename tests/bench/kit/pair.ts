/** Two of our devices, paired and in step; and the three processes of a y-websocket setup. */
import type { Address, DeviceCalls } from '../device.js';
import type { YClientCalls } from '../yclient.js';
import type { YServerCalls } from '../yserver.js';
import { type Child, startChild } from './child.js';
import { type Cost, costBetween } from './meter.js';

export interface Pair {
  readonly a: Child<DeviceCalls>;
  readonly b: Child<DeviceCalls>;
  readonly addressOfA: Address;
  readonly folders: readonly [string, string];
  /** Stops both cleanly, so that their folders can be opened again. */
  stop(): Promise<void>;
}

export interface PairOptions {
  readonly folders: readonly [string, string];
  readonly windowMs: number;
  /** Folders of a pair that knows each other already. */
  readonly again?: boolean;
  /** Paired, but not connected afterwards. */
  readonly apart?: boolean;
}

export async function startPair({ folders, windowMs, again = false, apart = false }: PairOptions): Promise<Pair> {
  const [a, b] = [startChild<DeviceCalls>('device.js'), startChild<DeviceCalls>('device.js')];
  const addressOfA = await a.call('start', { folder: folders[0], windowMs, network: true });
  await b.call('start', { folder: folders[1], windowMs, network: true });
  if (!again) await b.call('joinBy', addressOfA, await a.call('offer'));
  const pair = { a, b, addressOfA, folders, stop: () => stopPair(a, b) };
  if (again && apart) return pair;
  await b.call('connect', addressOfA);
  await Promise.all([a.call('inStep'), b.call('inStep')]);
  if (apart) await Promise.all([a.call('disconnect'), b.call('disconnect')]);
  return pair;
}

async function stopPair(a: Child<DeviceCalls>, b: Child<DeviceCalls>): Promise<void> {
  await Promise.all([a.call('disconnect'), b.call('disconnect')]);
  await Promise.all([a.call('stop'), b.call('stop')]);
  await Promise.all([a.end(), b.end()]);
}

export interface YTrio {
  readonly a: Child<YClientCalls>;
  readonly b: Child<YClientCalls>;
  readonly server: Child<YServerCalls>;
  readonly port: number;
  stop(): Promise<void>;
}

/** `folder`: where y-leveldb keeps documents. */
export async function startTrio(folder: string, room: string): Promise<YTrio> {
  const [a, b] = [startChild<YClientCalls>('yclient.js'), startChild<YClientCalls>('yclient.js')];
  const server = startChild<YServerCalls>('yserver.js', { YPERSISTENCE: folder });
  const port = await server.call('start');
  await a.call('join', port, room);
  await b.call('join', port, room);
  return { a, b, server, port, stop: async () => void (await Promise.all([a.end(), b.end(), server.end()])) };
}

/** What several processes have spent, to be taken before and after. */
export async function costs(children: readonly Pick<Child<{ cost(): Cost }>, 'call'>[]): Promise<readonly Cost[]> {
  return Promise.all(children.map((child) => child.call('cost')));
}

export function spent(before: readonly Cost[], after: readonly Cost[]): readonly Cost[] {
  return after.map((one, at) => costBetween(before[at] ?? one, one));
}
