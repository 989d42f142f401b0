/** B4 of the relay: one writer and many who listen, the log's append included, beside a bare broadcast, y-websocket's server and Hocuspocus. */
import { newShared } from '../help/relay-client.js';
import type { HocuspocusCalls } from './hocuspocus.js';
import { type Child, startChild } from './kit/child.js';
import { count, median, ms, times } from './kit/figures.js';
import { inFolder } from './kit/folders.js';
import { type Cost, costBetween } from './kit/meter.js';
import { APPENDS_AT_ONCE, DEVICES_AT_ONCE, startRelay } from './kit/relay.js';
import type { Judged, Report } from './kit/report.js';
import type { RawServerCalls } from './rawserver.js';
import type { CrowdCalls, Delivered, Wire } from './relay-crowd.js';
import type { YServerCalls } from './yserver.js';

const WINDOW = 64;
const STEADY_PER_SECOND = 100;
const NAMES: Readonly<Record<Wire, string>> = { relay: 'LeanVibe relay', raw: 'raw ws', y: 'y-websocket', hocuspocus: 'Hocuspocus' };
type Pace = 'steady' | 'saturated';

interface Measured extends Delivered {
  readonly cost: Cost;
}

interface Contender {
  readonly wire: Wire;
  load(pace: Pace, messages: number): Promise<Measured>;
  stop(): Promise<void>;
}

interface Server {
  readonly origin: string;
  cost(): Promise<Cost>;
  stop(): Promise<void>;
}

async function peerServer(wire: Exclude<Wire, 'relay'>): Promise<Server> {
  const serving = async (child: Child<{ cost(): Cost }>, port: number): Promise<Server> => ({
    origin: `http://127.0.0.1:${port}`,
    cost: () => child.call('cost'),
    stop: () => child.end(),
  });
  if (wire === 'raw') {
    const child = startChild<RawServerCalls>('rawserver.js');
    return await serving(child as unknown as Child<{ cost(): Cost }>, await child.call('start'));
  }
  if (wire === 'y') {
    const child = startChild<YServerCalls>('yserver.js');
    return await serving(child as unknown as Child<{ cost(): Cost }>, await child.call('start'));
  }
  const child = startChild<HocuspocusCalls>('hocuspocus.js');
  return await serving(child as unknown as Child<{ cost(): Cost }>, await child.call('serve', 0, 0));
}

async function contender(wire: Wire, folder: (name: string) => string, subscribers: number): Promise<Contender> {
  let [writers, readers]: readonly (readonly string[])[] = [[], []];
  let server: Server;
  if (wire === 'relay') {
    const relay = await startRelay(folder(`relay-${subscribers}`));
    writers = await relay.devices(DEVICES_AT_ONCE);
    readers = await relay.devices(DEVICES_AT_ONCE);
    server = { origin: relay.origin, cost: () => relay.child.call('cost'), stop: () => relay.stop() };
  } else server = await peerServer(wire);
  const crowd = startChild<CrowdCalls>('relay-crowd.js');
  const shared = wire === 'relay' ? newShared() : null;
  await crowd.call('open', { wire, origin: server.origin, subscribers, shared, readers: readers ?? [] });
  let loads = 0;
  return {
    wire,
    async load(pace, messages) {
      const before = await server.cost();
      const token = writers?.[loads++ % DEVICES_AT_ONCE] ?? '';
      const perSecond = pace === 'steady' ? STEADY_PER_SECOND : null;
      const delivered = await crowd.call('load', { perSecond, messages, window: WINDOW, token });
      return { ...delivered, cost: costBetween(before, await server.cost()) };
    },
    async stop() {
      await crowd.call('leave');
      await crowd.end();
      await server.stop();
    },
  };
}

const perCpuSecond = ({ cost, deliveries }: Measured): number => deliveries / cost.cpuMs;

export async function benchRelayFanout(quick: boolean, long: boolean): Promise<Report> {
  const sizes = long ? [10, 100, 1_000] : [10, 100];
  const [rounds, seconds] = quick ? [1, 2] : [3, 5];
  const found = new Map<string, Measured[]>();
  await inFolder(async (folder) => {
    for (const size of sizes) {
      const contenders: Contender[] = [];
      for (const wire of Object.keys(NAMES) as Wire[]) contenders.push(await contender(wire, folder, size));
      const saturated = Math.min(APPENDS_AT_ONCE - 200, Math.round((quick ? 10_000 : 60_000) / size));
      for (const one of contenders) await one.load('steady', 50); // warms up, thrown away
      for (let round = 0; round < rounds; round++)
        for (const pace of ['steady', 'saturated'] as const)
          for (const one of contenders) {
            const key = `${one.wire}/${size}/${pace}`;
            const messages = pace === 'steady' ? seconds * STEADY_PER_SECOND : saturated;
            found.set(key, [...(found.get(key) ?? []), await one.load(pace, messages)]);
          }
      for (const one of contenders) await one.stop();
    }
  });
  const at = (wire: Wire, size: number, pace: Pace, pick: (one: Measured) => number): number =>
    median((found.get(`${wire}/${size}/${pace}`) ?? []).map(pick));
  const ratio = (size: number, pace: Pace): number => at('relay', size, pace, perCpuSecond) / at('raw', size, pace, perCpuSecond);
  const large = sizes.filter((size) => size >= 100);
  const judge = (goal: string, values: readonly number[], met: (value: number) => boolean, shown = times): Judged => ({
    goal,
    measured: values.map(shown).join(', '),
    met: values.every(met),
  });
  return {
    id: 'relay-fanout',
    work: 'B4: one writer, and everybody who listens gets each message; deliveries for a second of the server’s processor time',
    columns: ['', 'listeners', 'pace', 'deliveries a CPU second', 'to raw ws', 'messages a second', 'p50 ms', 'p99 ms'],
    rows: sizes.flatMap((size) =>
      (['steady', 'saturated'] as const).flatMap((pace) =>
        (Object.keys(NAMES) as Wire[]).map((wire) => [
          NAMES[wire],
          count(size),
          pace === 'steady' ? '100/s' : 'saturated',
          count(1_000 * at(wire, size, pace, perCpuSecond)),
          times(at(wire, size, pace, perCpuSecond) / at('raw', size, pace, perCpuSecond)),
          count(at(wire, size, pace, (one) => (1_000 * one.deliveries) / size / one.ms)),
          ms(at(wire, size, pace, (one) => one.p50)),
          ms(at(wire, size, pace, (one) => one.p99)),
        ]),
      ),
    ),
    judged: [
      judge(
        '100/s, N ≥ 100: ≥ 0.9x raw ws',
        large.map((size) => ratio(size, 'steady')),
        (one) => one >= 0.9,
      ),
      judge('saturated, N = 10: ≥ 0.7x raw ws', [ratio(10, 'saturated')], (one) => one >= 0.7),
      judge(
        'saturated, N ≥ 100: ≥ 5x raw ws',
        large.map((size) => ratio(size, 'saturated')),
        (one) => one >= 5,
      ),
      judge(
        'saturated: p99 ≤ 25 ms',
        sizes.map((size) => at('relay', size, 'saturated', (one) => one.p99)),
        (one) => one <= 25,
        ms,
      ),
    ],
    notes: [
      `Generated messages of 512 random bytes (hex text for the Yjs servers); at most ${WINDOW} under way until the last listener has them, the same for all. One process holds the writer and every listener, and is not counted. ${rounds} rounds, contenders taking turns, the median.`,
      'Ours is on the relay’s disk (SQLite, flushed) before it is delivered and each listener acknowledges what it got; theirs keep documents in memory, and nobody acknowledges. Theirs are listened to with bare sockets, without a Y.Doc: only the server is measured.',
      `An account of the largest tier: a device of it may append ${count(APPENDS_AT_ONCE)} at once and 200 a second after that, so saturated runs stay below that many messages.`,
      ...(long ? [] : ['A thousand listeners: --long.']),
    ],
    data: Object.fromEntries(found),
  };
}
