/** One HTTP question of a probe, with a limit on time and size, and its failure in words. */
import { err, ok, type Result } from '@leanvibe/core/base/result';
import { systemWords } from '../cli/failure.js';

export interface Asker {
  readonly base: string;
  readonly fetch: typeof fetch;
  readonly elapsedMs: () => number;
  readonly timeoutMs: number;
}

export interface Said {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly tookMs: number;
}

const BODY_CHARS_MAX = 2_000_000;

export async function ask(asker: Asker, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Result<Said, string>> {
  const began = asker.elapsedMs();
  try {
    const answer = await asker.fetch(new URL(path, asker.base), {
      headers: { 'user-agent': 'leanvibe-relay-probe', ...headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(asker.timeoutMs),
    });
    const text = (await answer.text()).slice(0, BODY_CHARS_MAX);
    return ok({ status: answer.status, headers: answer.headers, text, tookMs: asker.elapsedMs() - began });
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') return err(`no answer within ${asker.timeoutMs / 1000} s`);
    const cause = error instanceof Error ? error.cause : undefined;
    return err(systemWords(cause instanceof Error ? cause : error));
  }
}

/** The relay's own reasons in an answer that says no. */
export function reasonsIn(text: string): string {
  try {
    const body = JSON.parse(text) as { readonly reasons?: unknown; readonly detail?: unknown };
    if (Array.isArray(body.reasons) && body.reasons.length > 0) return body.reasons.map(String).join('; ').slice(0, 300);
    return typeof body.detail === 'string' ? body.detail.slice(0, 300) : '';
  } catch {
    return '';
  }
}
