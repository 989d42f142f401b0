/** Metrics over HTTP: what devices report, what a person is shown of their own, and the means over everyone. */
import type { Result } from '@leanvibe/core/base/result';
import { exhaustive } from '@leanvibe/core/base/result';
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import {
  batch,
  batchAnswer,
  feedback,
  feedbackAnswer,
  idempotencyKey,
  projectId,
  series,
  summary,
  timeframe,
} from '@leanvibe/protocol/http/metrics';
import { PROJECTS_MAX } from '@leanvibe/protocol/http/projects';
import { z } from 'zod';
import type { DatabaseDep } from '../db/database.js';
import type { FlagsDep } from '../flags/flags.js';
import { Refusal } from '../http/problem.js';
import { defineRoute, type Route } from '../http/route.js';
import { findProject } from '../projects/keep.js';
import { readFleet } from './fleet.js';
import type { Intake, IntakeFailure } from './intake.js';
import { readOwn, readSeries } from './read.js';

export interface MetricRouteDeps extends DatabaseDep, ClockDep, LoggerDep, FlagsDep {
  readonly intake: Intake;
  /** Refusals by reason. */
  readonly count: (reason: string) => void;
}

/** 500 samples with every field at its longest. */
const BATCH_BYTES_MAX = 256 * 1024;

export function metricRoutes(deps: MetricRouteDeps): readonly Route[] {
  return [takeBatch(deps), takeFeedback(deps), showSeries(deps), showSummary(deps)];
}

function takeBatch(deps: MetricRouteDeps): Route {
  return defineRoute(
    {
      method: 'post',
      path: '/api/v1/metrics/agent',
      tag: 'metrics',
      summary: 'Counts a batch of hours, once for each Idempotency-Key',
      auth: 'device',
      scope: 'metrics.write',
      limit: 'metrics',
      headers: z.object({ 'idempotency-key': idempotencyKey }),
      body: batch,
      bodyBytesMax: BATCH_BYTES_MAX,
      answer: { status: 200, schema: batchAnswer },
      refusals: ['consent-needed', 'conflict', 'invalid', 'quota-reached', 'unavailable'],
    },
    async ({ who, headers, body }) => {
      await mustTake(deps, who.account);
      const counted = taken(deps, await deps.intake.batch(who.account, headers['idempotency-key'], body));
      return { counted, samples: body.samples.length };
    },
  );
}

function takeFeedback(deps: MetricRouteDeps): Route {
  return defineRoute(
    {
      method: 'post',
      path: '/api/v1/suggestions/{id}/feedback',
      tag: 'metrics',
      summary: 'Counts one verdict on one suggestion; the first of several stands',
      auth: 'access-or-device',
      scope: 'feedback',
      limit: 'metrics',
      params: z.strictObject({ id: projectId }),
      body: feedback,
      answer: { status: 200, schema: feedbackAnswer },
      refusals: ['consent-needed', 'invalid', 'quota-reached', 'unavailable'],
    },
    async ({ who, params, body }) => {
      await mustTake(deps, who.account);
      return { counted: taken(deps, await deps.intake.feedback(who.account, params.id, body)) };
    },
  );
}

function showSeries(deps: MetricRouteDeps): Route {
  return defineRoute(
    {
      method: 'get',
      path: '/api/v1/projects/{id}/metrics',
      tag: 'metrics',
      summary: 'Metrics of one project, by the hour up to 7 days, then by the day; what was not reported is absent',
      auth: 'access-or-device',
      scope: 'metrics.read',
      limit: 'metrics',
      params: z.strictObject({ id: projectId }),
      query: z.strictObject({ timeframe: timeframe.default('24h') }),
      answer: { status: 200, schema: series },
      refusals: ['not-found'],
    },
    async ({ who, params, query }) => {
      if ((await findProject(deps.db.reads, who.account, params.id)) === null) throw new Refusal('not-found', 'there is no such project');
      return readSeries(deps.db.reads, who.account, params.id, query.timeframe, deps.clock.nowMs());
    },
  );
}

function showSummary(deps: MetricRouteDeps): Route {
  return defineRoute(
    {
      method: 'get',
      path: '/api/v1/metrics/summary',
      tag: 'metrics',
      summary: "A person's own totals, and means over everyone while at least 20 people take part",
      auth: 'access-or-device',
      scope: 'metrics.read',
      limit: 'metrics',
      answer: { status: 200, schema: summary },
    },
    async ({ who }) => {
      const nowMs = deps.clock.nowMs();
      const own = await readOwn(deps.db.reads, who.account, nowMs);
      const shown = await deps.flags.on('fleet-summary', who.account);
      return { own, fleet: shown ? await readFleet(deps.db.reads, nowMs) : null };
    },
  );
}

async function mustTake(deps: MetricRouteDeps, account: string): Promise<void> {
  if (await deps.flags.on('metrics-intake', account)) return;
  throw new Refusal('unavailable', 'metrics are not taken at the moment; keep them and try again in an hour', { 'retry-after': '3600' });
}

function taken(deps: MetricRouteDeps, result: Result<boolean, IntakeFailure>): boolean {
  if (result.ok) return result.value;
  deps.count(`metrics-${result.error.type}`);
  deps.logger.log('info', 'metrics-refused', { reason: result.error.type });
  throw refusalOf(result.error);
}

function refusalOf(failure: IntakeFailure): Refusal {
  switch (failure.type) {
    case 'no-consent':
      return new Refusal(
        'consent-needed',
        'this account has not agreed to metrics; nothing was kept. Agree under /api/v1/account/consent first',
      );
    case 'other-batch':
      return new Refusal('conflict', 'this Idempotency-Key was used for other numbers; send these under a new one');
    case 'outside-window':
      return new Refusal(
        'invalid',
        `hourMs: ${failure.hourMs} is more than 30 days old or in the future; leave that hour out, or set the clock`,
      );
    case 'absurd':
      return new Refusal(
        'invalid',
        `${failure.what}: with what was counted before, more than an account can do in one hour; nothing of this batch was kept`,
      );
    case 'too-many-projects':
      return new Refusal('quota-reached', `an account keeps at most ${PROJECTS_MAX} projects; remove one first`);
    default:
      return exhaustive(failure);
  }
}
