/** Two of our devices that know each other and meet only through a relay. */
import type { DeviceCalls } from '../device.js';
import type { Child } from './child.js';
import { startPair } from './pair.js';
import { type BenchRelay, startRelay } from './relay.js';

export interface RelayPair {
  readonly a: Child<DeviceCalls>;
  readonly b: Child<DeviceCalls>;
  readonly relay: BenchRelay;
  stop(): Promise<void>;
}

/** Paired over loopback, then parted: from there on nothing goes from one to the other but through the relay. */
export async function startRelayPair(folder: (name: string) => string, name: string, windowMs: number): Promise<RelayPair> {
  const relay = await startRelay(folder(`${name}-relay`));
  const [one = '', other = ''] = await relay.devices(2);
  const pair = await startPair({ folders: [folder(`${name}-a`), folder(`${name}-b`)], windowMs, apart: true });
  const { a, b } = pair;
  await a.call('joinRelay', relay.origin, one);
  await b.call('joinRelay', relay.origin, other);
  return {
    a,
    b,
    relay,
    async stop() {
      await Promise.all([a.call('leaveRelay'), b.call('leaveRelay')]);
      await pair.stop();
      await relay.stop();
    },
  };
}
