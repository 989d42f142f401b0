/** The way to the agent of a home: its port and token from its files, and one request per question over loopback. */
import { type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import type { HomePaths } from '../../config/paths.js';
import { SETTINGS } from '../../config/settings.js';
import { readEndpoint } from '../../control/endpoint.js';
import { API_PREFIX, EVENTS_PATH } from '../../control/methods.js';
import { readToken } from '../../control/token.js';
import { codeOf, type CommandFailure, failed, systemWords } from './failure.js';

export interface Connection {
  /** Each line of the answer as JSON, in order. */
  post(method: string, body: string, onLine: (line: unknown) => void, signal?: AbortSignal): Promise<void>;
  events(onLine: (line: unknown) => void, signal?: AbortSignal): Promise<void>;
}

/** A robot, which shows a token of its own instead of the home's. */
export interface RobotCaller {
  readonly secret: string;
  /** Where the agent answers, if that was said. */
  readonly port: number | null;
}

export function notRunning(): CommandFailure {
  return failed('no agent is running for this home', 'leanvibe start');
}

/** Throws a CommandFailure in plain words when nobody can be asked. */
export async function connect(paths: HomePaths, robot: RobotCaller | null): Promise<Connection> {
  const { port, token } = robot === null ? await ownersWay(paths) : { port: await robotsPort(paths, robot), token: robot.secret };
  const send = (
    method: string,
    path: string,
    body: string,
    onLine: (line: unknown) => void,
    signal: AbortSignal | undefined,
  ): Promise<void> => exchange({ port, token, robot: robot !== null, method, path, body, onLine, signal });
  return {
    post: (name, body, onLine, signal) => send('POST', `${API_PREFIX}${name}`, body, onLine, signal),
    events: (onLine, signal) => send('GET', EVENTS_PATH, '', onLine, signal),
  };
}

async function ownersWay(paths: HomePaths): Promise<{ readonly port: number; readonly token: string }> {
  const [endpoint, token] = await Promise.all([readEndpoint(paths.endpoint), readToken(paths.token)]).catch((error: unknown) => {
    throw failed(`the home ${paths.home} cannot be read: ${systemWords(error)}`, 'use the user it belongs to, or another --home');
  });
  if (endpoint === null || token === null) throw notRunning();
  return { port: endpoint.port, token };
}

/** As it was told, as a home it can see says, or where agents answer unless told otherwise. */
async function robotsPort(paths: HomePaths, { port }: RobotCaller): Promise<number> {
  if (port !== null) return port;
  const endpoint = await readEndpoint(paths.endpoint).catch(() => null);
  return endpoint?.port ?? SETTINGS.port.standard;
}

interface Exchange {
  readonly port: number;
  readonly token: string;
  readonly robot: boolean;
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly onLine: (line: unknown) => void;
  readonly signal: AbortSignal | undefined;
}

async function exchange({ port, token, robot, method, path, body, onLine, signal }: Exchange): Promise<void> {
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
      ? robot
        ? failed(`no agent answers at port ${port}`, `start it, or say where it answers with ${SETTINGS.port.variable}`)
        : notRunning()
      : failed(`the agent cannot be reached: ${systemWords(error)}`, 'leanvibe doctor');
  });
  if (answer === null) return;
  // A robot is told why its token is not taken; the owner's own is always right at the right agent.
  if ((answer.statusCode === 401 && !robot) || !/json/.test(answer.headers['content-type'] ?? '')) {
    answer.destroy();
    throw failed(`something else answers at port ${port} where ${robot ? 'the' : "this home's"} agent should`, 'leanvibe start');
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
