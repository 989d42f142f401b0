/** The way to the agent of a home: its port and token from its files, and one request per question over loopback. */
import { type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import type { HomePaths } from '../../config/paths.js';
import { readEndpoint } from '../../control/endpoint.js';
import { API_PREFIX, EVENTS_PATH } from '../../control/methods.js';
import { readToken } from '../../control/token.js';
import { codeOf, type CommandFailure, failed, systemWords } from './failure.js';

export interface Connection {
  /** Each line of the answer as JSON, in order. */
  post(method: string, body: string, onLine: (line: unknown) => void, signal?: AbortSignal): Promise<void>;
  events(onLine: (line: unknown) => void, signal?: AbortSignal): Promise<void>;
}

export function notRunning(): CommandFailure {
  return failed('no agent is running for this home', 'leanvibe start');
}

/** Throws a CommandFailure in plain words when nobody can be asked. */
export async function connect(paths: HomePaths): Promise<Connection> {
  const [endpoint, token] = await Promise.all([readEndpoint(paths.endpoint), readToken(paths.token)]).catch((error: unknown) => {
    throw failed(`the home ${paths.home} cannot be read: ${systemWords(error)}`, 'use the user it belongs to, or another --home');
  });
  if (endpoint === null || token === null) throw notRunning();
  const send = (
    method: string,
    path: string,
    body: string,
    onLine: (line: unknown) => void,
    signal: AbortSignal | undefined,
  ): Promise<void> => exchange({ port: endpoint.port, token, method, path, body, onLine, signal });
  return {
    post: (name, body, onLine, signal) => send('POST', `${API_PREFIX}${name}`, body, onLine, signal),
    events: (onLine, signal) => send('GET', EVENTS_PATH, '', onLine, signal),
  };
}

interface Exchange {
  readonly port: number;
  readonly token: string;
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly onLine: (line: unknown) => void;
  readonly signal: AbortSignal | undefined;
}

async function exchange({ port, token, method, path, body, onLine, signal }: Exchange): Promise<void> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const asked = request(
      { host: '127.0.0.1', port, path, method, headers, agent: false, ...(signal === undefined ? {} : { signal }) },
      resolve,
    );
    asked.once('error', reject);
    asked.end(body);
  }).catch((error: unknown) => {
    if (signal?.aborted === true) return null;
    throw codeOf(error) === 'ECONNREFUSED' || codeOf(error) === 'ECONNRESET'
      ? notRunning()
      : failed(`the agent cannot be reached: ${systemWords(error)}`, 'leanvibe doctor');
  });
  if (answer === null) return;
  if (answer.statusCode === 401 || !/json/.test(answer.headers['content-type'] ?? '')) {
    answer.destroy();
    throw failed(`something else answers at port ${port} where this home's agent should`, 'leanvibe start');
  }
  try {
    for await (const line of createInterface({ input: answer, crlfDelay: Number.POSITIVE_INFINITY }))
      if (line !== '') onLine(JSON.parse(line));
  } catch (error) {
    if (signal?.aborted === true) return;
    if (error instanceof SyntaxError || codeOf(error) === 'ECONNRESET')
      throw failed('the agent stopped while answering', 'leanvibe status');
    throw error;
  }
}
