/** One method call: check what was asked, run it, answer once or line by line. */
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import { ControlFailure, type ControlError, ERROR_CODES } from './error.js';
import { readParams } from './fields.js';
import { isMethodName, type MethodName, METHODS, type ParamsOf, type ProgressOf, type ResultOf } from './methods.js';

export interface CallContext<Progress> {
  /** Aborted when the caller hangs up or the agent stops. */
  readonly signal: AbortSignal;
  /** Nothing is sent by methods that do not stream. */
  progress(progress: Progress): void;
}

export type Handlers = { readonly [M in MethodName]: (params: ParamsOf<M>, context: CallContext<ProgressOf<M>>) => Promise<ResultOf<M>> };

type AnyHandler = (params: unknown, context: CallContext<unknown>) => Promise<unknown>;

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

export function answerError(error: ControlError): Response {
  return new Response(`${JSON.stringify({ error })}\n`, { status: ERROR_CODES[error.code], headers: JSON_TYPE });
}

export function failure(code: ControlError['code'], message: string, fix = ''): Response {
  return answerError({ code, message, fix });
}

/** Anything thrown that is no refusal is a bug or a broken machine: logged by kind, told without its words. */
function explain({ logger }: LoggerDep, name: string, error: unknown): ControlError {
  if (error instanceof ControlFailure) return error.error;
  if (error instanceof Error && error.name === 'StoreFull')
    return { code: 'store-full', message: 'the disk is full, so nothing was saved', fix: 'free some space and try again' };
  if (error instanceof Error && error.name === 'StoreBroken')
    return { code: 'store-broken', message: 'the store cannot be written any more', fix: 'run: leanvibe doctor' };
  const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  logger.log('error', 'control-method-failed', {
    method: name,
    why,
    stack: error instanceof Error ? (error.stack ?? '').split('\n').slice(1, 4).join(' ') : '',
  });
  return { code: 'failed', message: `${name} failed inside the agent`, fix: 'see: leanvibe logs' };
}

/** `handlers`: those the caller may use; a method that is not among them is refused before anything is read. */
export async function call(
  deps: LoggerDep,
  handlers: Partial<Handlers>,
  name: string,
  body: string,
  signal: AbortSignal,
): Promise<Response> {
  if (!isMethodName(name)) return failure('unknown-method', 'there is no such method', 'update the program that asked, or this agent');
  const handler = Object.hasOwn(handlers, name) ? (handlers[name] as AnyHandler | undefined) : undefined;
  if (handler === undefined) return failure('not-permitted', `a token may not ask for ${name}`, 'a person of this agent can');
  let given: unknown;
  try {
    given = body === '' ? {} : JSON.parse(body);
  } catch {
    return failure('bad-request', 'the request is not JSON');
  }
  const params = readParams(METHODS[name].params, given);
  if (!params.ok) return failure('bad-request', params.error);
  return METHODS[name].streams ? stream(deps, name, handler, params.value, signal) : once(deps, name, handler, params.value, signal);
}

async function once(deps: LoggerDep, name: string, handler: AnyHandler, params: unknown, signal: AbortSignal): Promise<Response> {
  try {
    const result = await handler(params, { signal, progress: () => undefined });
    return new Response(`${JSON.stringify({ result })}\n`, { status: 200, headers: JSON_TYPE });
  } catch (error) {
    return answerError(explain(deps, name, error));
  }
}

/** Progress lines nobody reads are dropped beyond this; the result line never is. */
const LINES_MAX = 512;

function stream(deps: LoggerDep, name: string, handler: AnyHandler, params: unknown, signal: AbortSignal): Response {
  const encoder = new TextEncoder();
  const gone = new AbortController();
  const either = AbortSignal.any([signal, gone.signal]);
  const start = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    const write = (line: unknown): void => {
      if (!gone.signal.aborted) controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`));
    };
    const progress = (value: unknown): void => {
      if ((controller.desiredSize ?? 0) > 0) write({ progress: value });
    };
    const finish = (line: unknown): void => {
      write(line);
      if (!gone.signal.aborted) controller.close();
    };
    handler(params, { signal: either, progress }).then(
      (result) => finish({ result }),
      (error: unknown) => finish({ error: explain(deps, name, error) }),
    );
  };
  const lines = new ReadableStream<Uint8Array>(
    { start, cancel: () => gone.abort() },
    new CountQueuingStrategy({ highWaterMark: LINES_MAX }),
  );
  return new Response(lines, { status: 200, headers: { 'content-type': 'application/x-ndjson; charset=utf-8' } });
}
