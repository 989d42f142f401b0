/** A port of its own for `/metrics`, for the inside of a cluster: it answers that and nothing else. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import type { HealthDep } from '../health/health.js';
import type { MetricsDep } from '../observe/metrics.js';
import type { Drainable } from './drain.js';

export interface MetricsPort extends Drainable {
  readonly port: number;
}

export async function serveMetrics(dep: MetricsDep & HealthDep, host: string, port: number): Promise<Result<MetricsPort, string>> {
  const server = createServer({ maxHeaderSize: 8192, requestTimeout: 10_000, headersTimeout: 5000 }, (request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') return void response.writeHead(404).end();
    dep.health
      .complete()
      .then(() => dep.metrics.text())
      .then(
        (text) => void response.writeHead(200, { 'content-type': dep.metrics.contentType, 'cache-control': 'no-store' }).end(text),
        () => void response.writeHead(500).end(),
      );
  });
  server.maxConnections = 32;
  const failure = await listen(server, host, port);
  if (failure !== null) return err(failure);
  return ok({
    port: (server.address() as AddressInfo).port,
    // Scrapes are short and whoever missed one asks again.
    drain: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

function listen(server: Server, host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    server.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    server.listen({ host, port }, () => resolve(null));
  });
}
