/** Tells a relay what was counted, while the person says yes: whole hours, each once, at a quiet pace. */
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { RandomDep } from '@leanvibe/core/ports/random';
import { HOUR_MS } from '@leanvibe/protocol/http/metric-limits';
import type { Batch, Metrics } from './metrics.js';

/** The relay that is told: one origin (`https://relay.example.org`) and this device's token there. */
export interface TellRelay {
  readonly origin: string;
  readonly token: string;
}

export interface RelayApi {
  /** Null while not signed in. */
  relay(): TellRelay | null;
  fetch(
    url: string,
    request: {
      readonly method: 'POST';
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      readonly signal: AbortSignal;
    },
  ): Promise<{ readonly status: number }>;
}

export const METRICS_PATH = '/api/v1/metrics/agent';

export type Uploaded =
  /** Everything there was. */
  | { readonly type: 'done'; readonly batches: number }
  | { readonly type: 'off' }
  | { readonly type: 'signed-out' }
  /** The account itself has not agreed, or this device may not: batches wait. */
  | { readonly type: 'not-allowed'; readonly status: number }
  /** Tried again later. */
  | { readonly type: 'later'; readonly status: number | null };

export interface Uploader {
  /** Everything that waits, once. Never throws. */
  run(): Promise<Uploaded>;
  stop(): Promise<void>;
}

export interface UploaderDeps extends ClockDep, RandomDep, LoggerDep {
  readonly metrics: Pick<Metrics, 'on' | 'whenOff' | 'next' | 'done'>;
  readonly relayApi: RelayApi;
}

const ANSWER_MS_MAX = 30_000;

/** Runs every hour, at a minute of its own, so that not all devices of the world come at once. */
export function createUploader(deps: UploaderDeps): Uploader {
  const { clock, logger } = deps;
  const stopping = new AbortController();
  let cancel: Cancel = () => undefined;
  let running: Promise<Uploaded> = Promise.resolve({ type: 'off' });
  const run = (): Promise<Uploaded> => {
    running = running
      .then(() => upload(deps, stopping.signal))
      .then((result) => {
        if (result.type !== 'off') logger.log('info', 'metrics-uploaded', { ...result });
        return result;
      });
    return running;
  };
  const [a = 0, b = 0] = deps.random.bytes(2);
  const again = (delayMs: number): void => {
    cancel = clock.after(delayMs, () => void run().then(() => again(HOUR_MS)));
  };
  again(Math.floor(((a * 256 + b) / 65_536) * HOUR_MS));
  return {
    run,
    async stop() {
      stopping.abort();
      await running;
      cancel();
    },
  };
}

async function upload(deps: UploaderDeps, stopping: AbortSignal): Promise<Uploaded> {
  const { metrics, relayApi, logger } = deps;
  const off = new AbortController();
  const unsubscribe = metrics.whenOff(() => off.abort());
  const ending = AbortSignal.any([stopping, off.signal]);
  try {
    for (let batches = 0; ; batches++) {
      if (stopping.aborted) return { type: 'later', status: null };
      if (off.signal.aborted || !metrics.on()) return { type: 'off' };
      const relay = relayApi.relay();
      if (relay === null) return { type: 'signed-out' };
      const batch = await metrics.next();
      if (batch === null) return { type: 'done', batches };
      const status = await send(deps, relay, batch, ending);
      if (status === 401 || status === 403) return { type: 'not-allowed', status };
      if (status !== 200 && !isFinal(status)) return { type: 'later', status };
      // A batch that no relay will ever take would keep all later ones back.
      if (status !== 200) logger.log('warn', 'metrics-batch-refused', { status });
      await metrics.done(batch.key);
    }
  } catch (error) {
    if (off.signal.aborted) return { type: 'off' };
    logger.log('debug', 'metrics-not-sent', { why: error instanceof Error ? error.name : 'unknown' });
    return { type: 'later', status: null };
  } finally {
    unsubscribe();
  }
}

/** What is wrong with the batch itself, and will be the next time too. */
function isFinal(status: number): boolean {
  return [400, 409, 413, 422].includes(status);
}

async function send({ relayApi, clock }: UploaderDeps, relay: TellRelay, { key, body }: Batch, ending: AbortSignal): Promise<number> {
  const late = new AbortController();
  const cancel = clock.after(ANSWER_MS_MAX, () => late.abort());
  try {
    const headers = { authorization: `Bearer ${relay.token}`, 'content-type': 'application/json', 'idempotency-key': key };
    const signal = AbortSignal.any([ending, late.signal]);
    return (await relayApi.fetch(relay.origin + METRICS_PATH, { method: 'POST', headers, body, signal })).status;
  } finally {
    cancel();
  }
}
