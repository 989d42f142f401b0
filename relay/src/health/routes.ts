/** `/health…`, `/metrics` and `/status` over HTTP; no account is asked for, and nothing about anybody is said. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { finding, health as healthSchema, live, readiness, status as statusSchema } from '@leanvibe/protocol/http/health';
import { z } from 'zod';
import { Refusal } from '../http/problem.js';
import { defineRoute, type Route, type RouteShape } from '../http/route.js';
import type { MetricsDep } from '../observe/metrics.js';
import { STATUS_CSS, statusPage } from '../status/page.js';
import { statusOf } from '../status/status.js';
import type { HealthDep } from './health.js';

export interface HealthRoutesDep extends HealthDep, MetricsDep {
  /** Whom `/metrics` answers here: anybody, nobody, or who sends this bearer token. */
  readonly metricsFor: 'anybody' | 'nobody' | { readonly token: string };
  readonly nowMs: () => number;
}

const OPEN = { method: 'get', auth: 'none', limit: 'none', tag: 'health' } as const;

export function healthRoutes(dep: HealthRoutesDep): readonly Route[] {
  return [...probeRoutes(dep), ...statusRoutes(dep), metricsRoute(dep)];
}

function probeRoutes({ health }: HealthRoutesDep): readonly Route[] {
  const ready = (path: string): Route =>
    defineRoute(
      { ...OPEN, path, summary: 'Whether this copy takes work: 200, or 503 with why not', answer: { status: 200, schema: readiness } },
      async () => {
        const { status, reasons, draining } = await health.complete();
        return said({ status, reasons, draining }, status !== 'not-ready');
      },
    );
  return [
    // Alive means only that the loop turns: a broken database is no reason to restart a copy.
    defineRoute({ ...OPEN, path: '/health/live', summary: 'Whether this copy runs', answer: { status: 200, schema: live } }, () =>
      Promise.resolve({ status: 'live' as const }),
    ),
    ready('/health'),
    ready('/health/ready'),
    defineRoute(
      {
        ...OPEN,
        path: '/health/complete',
        summary: 'Each thing this copy needs, and how long it took to answer',
        answer: { status: 200, schema: healthSchema },
      },
      async () => {
        const view = await health.complete();
        return said(view, view.status !== 'not-ready');
      },
    ),
    defineRoute(
      { ...OPEN, path: '/health/database', summary: 'The database alone', answer: { status: 200, schema: finding } },
      async () => {
        const found = await health.one('database');
        if (found === null) throw new Refusal('unavailable', 'this copy has no database');
        return said(found, found.ok);
      },
    ),
  ];
}

function statusRoutes({ health, nowMs }: HealthRoutesDep): readonly Route[] {
  const shape = { ...OPEN, limit: 'default', tag: 'status' } as const satisfies Partial<RouteShape>;
  return [
    defineRoute(
      {
        ...shape,
        path: '/status',
        summary: 'The status page; JSON for who accepts only that',
        headers: z.strictObject({ accept: z.string().max(2_000).optional() }),
        answer: { status: 200, type: 'text/html' },
      },
      async ({ headers: { accept = '' } }) => {
        const status = statusOf(await health.complete(), nowMs());
        if (/\bapplication\/json\b/.test(accept) && !/\btext\/html\b/.test(accept)) return said(status, true);
        return new Response(statusPage(status, { alone: false }), { headers: { 'content-type': 'text/html; charset=utf-8' } });
      },
    ),
    defineRoute({ ...shape, path: '/status/page.css', summary: 'Looks of the page', answer: { status: 200, type: 'text/css' } }, () =>
      Promise.resolve(
        new Response(STATUS_CSS, { headers: { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'public, max-age=300' } }),
      ),
    ),
    defineRoute(
      { ...shape, path: '/status.json', summary: 'The status page for programs', answer: { status: 200, schema: statusSchema } },
      async () => statusOf(await health.complete(), nowMs()),
    ),
  ];
}

function metricsRoute({ metrics, health, metricsFor }: HealthRoutesDep): Route {
  return defineRoute(
    {
      ...OPEN,
      path: '/metrics',
      summary: 'Numbers of this copy for Prometheus; a bearer token or a private port',
      headers: z.strictObject({ authorization: z.string().max(600).optional() }),
      answer: { status: 200, type: 'text/plain' },
      refusals: ['unauthorised', 'not-found'],
    },
    async ({ headers }) => {
      if (metricsFor === 'nobody') throw new Refusal('not-found', 'the numbers of this relay are not served here');
      if (metricsFor !== 'anybody' && !carries(headers.authorization, metricsFor.token))
        throw new Refusal('unauthorised', 'send the metrics token of this relay as a bearer token', { 'www-authenticate': 'Bearer' });
      // The gauges of health are as old as the last question; a scrape is one.
      await health.complete();
      return new Response(await metrics.text(), { headers: { 'content-type': metrics.contentType } });
    },
  );
}

function said(view: object, well: boolean): Response {
  return new Response(JSON.stringify(view), { status: well ? 200 : 503, headers: { 'content-type': 'application/json' } });
}

function carries(header: string | undefined, token: string): boolean {
  const sent = /^Bearer (\S{1,512})$/i.exec(header ?? '')?.[1];
  if (sent === undefined) return false;
  const hashed = (text: string): Uint8Array => createHash('sha256').update(text).digest();
  // Of equal length whatever was sent, so that the comparison tells nothing.
  return timingSafeEqual(hashed(sent), hashed(token));
}
