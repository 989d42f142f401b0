/** A relay's health for tests: its dependencies answer as the test says, over a real port. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { Unwell } from '@leanvibe/relay/internal/health/checks';
import type { Route } from '@leanvibe/relay/internal/http/route';
import { createHealth, type Health } from '@leanvibe/relay/internal/health/health';
import { healthRoutes, type HealthRoutesDep } from '@leanvibe/relay/internal/health/routes';
import { createMetrics, type Metrics } from '@leanvibe/relay/internal/observe/metrics';
import { createDrain, type Drain } from '@leanvibe/relay/internal/serve/drain';
import { onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { createTestHttp, type TestHttp } from './relay-http.js';
import { systemClock } from './system-clock.js';

export interface Well {
  readonly routes: readonly Route[];
  readonly http: TestHttp;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly drain: Drain;
  /** Words for what is wrong with a dependency; null: all is well. */
  readonly wrong: Map<'database' | 'bus', string | null>;
  /** Lets the next question be asked anew. */
  later(): void;
}

export function createWell(metricsFor: HealthRoutesDep['metricsFor'] = 'anybody'): Well {
  const metrics = createMetrics({ process: false });
  const drain = createDrain(systemClock, 500, () => metrics.set('leanvibe_relay_draining', {}, 1));
  const wrong = new Map<'database' | 'bus', string | null>();
  let nowMs = 0;
  const check = (dependency: 'database' | 'bus', needed: boolean) => ({
    dependency,
    needed,
    run: () => {
      const words = wrong.get(dependency) ?? null;
      return words === null
        ? Promise.resolve('it answers')
        : Promise.reject(words === 'secret' ? new Error('host db.inside') : new Unwell(words));
    },
  });
  const health = createHealth({
    checks: [check('database', true), check('bus', false)],
    clock: systemClock,
    elapsedMs: () => nowMs,
    version: '0.1.0',
    metrics,
    drain,
  });
  const routes = healthRoutes({ health, metrics, metricsFor, nowMs: () => 0 });
  const http = createTestHttp({ routes });
  return { routes, http, health, metrics, drain, wrong, later: () => void (nowMs += 2000) };
}

export interface Listening {
  readonly url: string;
  readonly server: Server;
}

/** The app over a real port, with WebSockets on /sync unless `onUpgrade` says otherwise; `headers` may drop what the app says. */
export async function listen(
  { http }: Well,
  options: {
    readonly onUpgrade?: (request: IncomingMessage, socket: Duplex) => void;
    readonly drop?: string;
  } = {},
): Promise<Listening> {
  const sockets = new WebSocketServer({ noServer: true });
  const answer = getRequestListener(async (request) => {
    const response = await http.app.fetch(request, { peer: '127.0.0.1' });
    if (options.drop !== undefined) response.headers.delete(options.drop);
    return response;
  });
  const server = createServer((request, response) => void answer(request, response));
  server.on('upgrade', (request, socket, head) => {
    if (options.onUpgrade !== undefined) return options.onUpgrade(request, socket);
    sockets.handleUpgrade(request, socket, head, () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const client of sockets.clients) client.terminate();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}
