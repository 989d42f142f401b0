/** Errors nobody expected, told to a Sentry-compatible server: the event's fixed name and redacted fields, never content, at most a few a minute. */
import type { Clock } from '@leanvibe/core/ports/clock';
import type { Random } from '@leanvibe/core/ports/random';
import { type Fields, redactText } from './redact.js';

export interface ErrorReport {
  /** Never waits, never throws. */
  tell(event: string, fields: Fields): void;
  /** Resolves when what was told has arrived or was given up. */
  settle(): Promise<void>;
}

export interface ReportOptions {
  readonly dsn: string;
  readonly release: string;
  readonly environment: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly fetch: typeof fetch;
  readonly onLost: () => void;
}

const PER_MINUTE_MAX = 30;
const SEND_MS_MAX = 5000;

/** Null for a DSN without a key or a project: `https://<key>@<host>/<project>`. */
export function createErrorReport(options: ReportOptions): ErrorReport | null {
  const target = parseDsn(options.dsn);
  if (target === null) return null;
  const sending = new Set<Promise<void>>();
  let window = { sinceMs: 0, sent: 0 };
  return {
    tell(event, fields) {
      const nowMs = options.clock.nowMs();
      if (nowMs - window.sinceMs >= 60_000) window = { sinceMs: nowMs, sent: 0 };
      if (window.sent >= PER_MINUTE_MAX) return options.onLost();
      window.sent += 1;
      const sent: Promise<void> = send(options, target, envelope(options, event, fields)).finally(() => sending.delete(sent));
      sending.add(sent);
    },
    settle: async () => void (await Promise.all(sending)),
  };
}

interface Target {
  readonly url: string;
  readonly auth: string;
}

export function parseDsn(dsn: string): Target | null {
  if (!URL.canParse(dsn)) return null;
  const { protocol, username, host, pathname } = new URL(dsn);
  const parts = pathname.split('/').filter((part) => part !== '');
  const project = parts.at(-1);
  if (username === '' || project === undefined || !/^https?:$/.test(protocol)) return null;
  const prefix = parts
    .slice(0, -1)
    .map((part) => `${part}/`)
    .join('');
  return {
    url: `${protocol}//${host}/${prefix}api/${project}/envelope/`,
    auth: `Sentry sentry_version=7, sentry_client=leanvibe-relay/1, sentry_key=${username}`,
  };
}

function envelope({ clock, random, release, environment }: ReportOptions, event: string, fields: Fields): string {
  const id = Buffer.from(random.bytes(16)).toString('hex');
  const sentAt = new Date(clock.nowMs()).toISOString();
  const body = {
    event_id: id,
    timestamp: sentAt,
    platform: 'node',
    level: 'error',
    logger: 'leanvibe-relay',
    release,
    environment,
    message: redactText(event),
    extra: fields,
    fingerprint: [event],
  };
  return [{ event_id: id, sent_at: sentAt }, { type: 'event' }, body].map((line) => JSON.stringify(line)).join('\n');
}

async function send(options: ReportOptions, target: Target, body: string): Promise<void> {
  try {
    const answer = await options.fetch(target.url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-sentry-envelope', 'x-sentry-auth': target.auth },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(SEND_MS_MAX),
    });
    await answer.body?.cancel();
    if (!answer.ok) options.onLost();
  } catch {
    // The report of an error must not become an error; it is counted, and the log has it.
    options.onLost();
  }
}
