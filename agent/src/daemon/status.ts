/** `status`: everything a person or script asks of a running agent, from all its parts. */
import type { LoopLag } from '../control/leaf-views.js';
import type { StatusView } from '../control/views.js';
import type { Agent } from './agent.js';
import { peerStatuses } from './devices.js';
import { VERSION } from './version.js';

/** `loop`: taken by those who measure, peeked at by the page, which asks every few seconds. */
export async function statusView(agent: Agent, loop: LoopLag): Promise<StatusView> {
  const { engine, product, peers, clock, startedMs, paths, lanPorts, discovery, alarms } = agent;
  const home = engine.spaces().find((space) => space.home);
  const memory = process.memoryUsage();
  return {
    deviceId: engine.device,
    name: product.names.own(),
    version: VERSION,
    home: paths.home,
    port: agent.port(),
    pid: process.pid,
    uptimeSeconds: Math.max(0, Math.round((clock.nowMs() - startedMs) / 1000)),
    projects: await product.projects.list(),
    peers: peerStatuses(agent),
    relays: agent.relays.rows(),
    refusals: mergeCounts(engine.refusals(), agent.refusals()),
    storage: await engine.storage(),
    inStep: engine.inStep(),
    cloned: engine.cloned(),
    standing: home?.standing ?? 'joining',
    person: { id: engine.person(), name: product.names.person() },
    spaces: await product.teams.list(),
    requests: agent.invites.requests(),
    spaceJoins: agent.joins.list(),
    rotationOwed: engine.spaces().flatMap(({ rotationOwed }) => rotationOwed),
    strangers: peers.strangers(),
    discovery: discovery(),
    ports: { tcp: lanPorts?.tcp ?? null, ws: lanPorts?.ws ?? null },
    loop,
    memory: { rssBytes: memory.rss, heapBytes: memory.heapUsed },
    alarms: alarms.all(),
    token: null,
  };
}

export function mergeCounts(...tables: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sum: Record<string, number> = {};
  for (const table of tables) for (const [reason, count] of Object.entries(table)) sum[reason] = (sum[reason] ?? 0) + count;
  return Object.fromEntries(Object.entries(sum).sort(([a], [b]) => (a < b ? -1 : 1)));
}
