/** The relay as one process: rooms, HTTP and the sync door over their foundation; ended again in the reverse order. Wiring only. */
import { nodeVerifying } from '@leanvibe/core/crypto/node/verify';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import { drawnSecret } from '../config/secret.js';
import type { Settings } from '../config/settings.js';
import { createHealth, type Health } from '../health/health.js';
import { healthRoutes } from '../health/routes.js';
import { type App, createApp } from '../http/app.js';
import { type HttpServer, serveHttp } from '../http/serve.js';
import type { Bus } from '../ports/bus.js';
import type { Hub } from '../session/hub.js';
import { createMeter } from '../session/meter.js';
import { createPipeRoom } from '../session/pipes.js';
import { createSyncDoor, type SyncDoor } from '../socket/door.js';
import { type Api, createApi } from './api.js';
import { checksOf, metricsFor } from './checks.js';
import { createDoorNumbers, createTally } from './counting.js';
import { createDrain, type Drain } from './drain.js';
import { type Foundation, lay, type ServeDeps, type ServeFailure } from './foundation.js';
import { serveMetrics } from './metrics-port.js';
import { reachable } from './reachable.js';
import { startUpkeep } from './upkeep.js';
import { whatAndWhere } from '../observe/failure.js';

export interface Serving {
  readonly port: number;
  readonly origin: string;
  /** Tells an error nobody expected to the log, and to whom errors are reported. */
  crashed(error: unknown): Promise<void>;
  /** Lets nobody new in and lets what runs finish; resolves with whether all of it did. */
  stop(): Promise<'done' | 'cut'>;
}

export async function serve(settings: Settings, deps: ServeDeps): Promise<Result<Serving, ServeFailure>> {
  const laid = await lay(settings, deps);
  if (!laid.ok) return laid;
  const { db, ending, logger, metrics, report, store } = laid.value;
  const { clock, elapsedMs, version } = deps;
  const api = await openRooms(settings, deps, laid.value);
  ending.add('rooms', () => api.close());
  const upkeep = startUpkeep({ clock, logger, people: api.people, store });
  ending.add('upkeep', () => upkeep.stop());
  const door = openDoor(settings, deps, laid.value, api);
  const drain = createDrain(clock, settings.drainSeconds * 1_000, () => metrics.set('leanvibe_relay_draining', {}, 1));
  const checks = checksOf(settings, { metrics, db, bus: laid.value.bus, clock });
  const health = createHealth({ metrics, drain, clock, elapsedMs, version, checks });
  const app = openApp(settings, deps, laid.value, { api, health });
  const listening = await listen(settings, laid.value, { app, door, drain, health });
  if (!listening.ok) {
    await drain.begin();
    await ending.run();
    return listening;
  }
  const { port } = listening.value;
  logger.log('info', 'ready', { port, dialect: db.dialect, bus: settings.redisUrl === null ? 'local' : 'redis' });
  return ok({
    port,
    origin: settings.origin ?? reachable(settings.host, port),
    async crashed(error) {
      const { why, where } = whatAndWhere(error);
      logger.log('error', 'crashed', { why, where });
      logger.flush();
      await report?.settle();
    },
    async stop() {
      logger.log('info', 'draining');
      const how = await drain.begin();
      await ending.run();
      logger.log('info', 'stopped', { how });
      logger.flush();
      return how;
    },
  });
}

function openRooms(
  settings: Settings,
  { clock, fetch: post, random }: ServeDeps,
  { bus, count, db, hub, logger, metrics }: Foundation,
): Promise<Api> {
  return createApi({
    settings,
    secret: settings.secret ?? drawnSecret(settings.data, random),
    fetch: post,
    db,
    clock,
    random,
    logger,
    bus: heardHere(bus, hub),
    count: count('http'),
    auditLost: () => metrics.count('leanvibe_relay_audit_lost_total', {}),
  });
}

/** What the rooms tell the other copies is heard by this copy's own connections too. */
function heardHere(bus: Bus, hub: Hub): Bus {
  return {
    ...bus,
    tell(hint) {
      bus.tell(hint);
      hub.hear(hint);
    },
  };
}

function openDoor(
  settings: Settings,
  deps: ServeDeps,
  { bus, count, ending, hub, logger, metrics, store }: Foundation,
  { people }: Api,
): SyncDoor {
  const { clock, elapsedMs, random } = deps;
  const own = settings.origin === null ? [] : [settings.origin];
  const pipes = createPipeRoom({ bus, clock, random });
  ending.add('pipes', () => Promise.resolve(pipes.stop()));
  return createSyncDoor(
    {
      clock,
      random,
      logger,
      checking: nodeVerifying(),
      doorman: people.doorman,
      store,
      hub,
      meter: createMeter(clock, store),
      pipes,
      audit: people.audit,
      tally: createTally(metrics, elapsedMs),
      numbers: createDoorNumbers(metrics),
      origins: own,
      count: count('sync'),
    },
    {
      pages: [...settings.allowedOrigins, ...own],
      proxies: settings.proxies,
      connectionsMax: settings.connections,
      connectionsPerAddressMax: settings.connectionsPerAddress,
    },
  );
}

interface Parts {
  readonly api: Api;
  readonly door: SyncDoor;
  readonly health: Health;
}

function openApp(
  settings: Settings,
  { clock, random, version }: ServeDeps,
  laid: Foundation,
  { api, health }: Pick<Parts, 'api' | 'health'>,
): App {
  const { count, limiter, logger, metrics } = laid;
  return createApp({
    clock,
    random,
    logger,
    limiter,
    doorman: api.people.doorman,
    accessDoor: api.people.accessDoor,
    settings: { origins: settings.allowedOrigins, proxies: settings.proxies, version },
    routes: [...healthRoutes({ health, metrics, metricsFor: metricsFor(settings), nowMs: () => clock.nowMs() }), ...api.routes],
    observe({ method, ms, route, status }) {
      metrics.count('leanvibe_relay_http_requests_total', { route, method, status: String(status) });
      metrics.observe('leanvibe_relay_http_request_seconds', { route }, ms / 1_000);
    },
    count: count('http'),
  });
}

interface Listening extends Omit<Parts, 'api'> {
  readonly app: App;
  readonly drain: Drain;
}

async function listen(
  settings: Settings,
  { count, metrics }: Foundation,
  { app, door, drain, health }: Listening,
): Promise<Result<HttpServer, ServeFailure>> {
  const { host, metricsHost, metricsPort, port, proxies } = settings;
  const http = await serveHttp({
    host,
    port,
    app,
    proxies,
    connectionsMax: settings.connections,
    connectionsPerAddressMax: settings.connectionsPerAddress,
    onUpgrade: (...upgrade) => door.onUpgrade(...upgrade),
    count: count('http'),
  });
  if (!http.ok) return err(cannotListen(host, port, http.error.code));
  drain.add({ drain: (limitMs) => http.value.stop(limitMs) });
  drain.add(door);
  if (metricsPort === null) return http;
  const inside = await serveMetrics({ metrics, health }, metricsHost, metricsPort);
  if (!inside.ok) return err(cannotListen(metricsHost, metricsPort, inside.error));
  drain.add(inside.value);
  return http;
}

function cannotListen(host: string, port: number, code: string): ServeFailure {
  return code === 'EADDRINUSE'
    ? { message: `port ${port} on ${host} is in use`, fix: 'another relay may be running; choose another port with --port' }
    : { message: `cannot listen on ${host}:${port} (${code})`, fix: 'choose another address with --host or another port with --port' };
}
