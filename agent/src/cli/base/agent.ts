/** The running agent as commands ask it: every request is checked here first, so that wrong use is answered alike with and without one. */
import { readParams } from '../../control/fields.js';
import { type MethodName, METHODS, type ParamsOf, type ProgressOf, type ResultOf, type StreamingName } from '../../control/methods.js';
import type { FeedEvent } from '../../control/views.js';
import { connect, type Connection, type RobotCaller } from './connection.js';
import { failed, wrongUse } from './failure.js';
import type { HomePaths } from '../../config/paths.js';

export interface Agent {
  ask<M extends Exclude<MethodName, StreamingName>>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>>;
  /** For what takes long: tells how far it is. `signal` gives up waiting; the agent then stops too. */
  follow<M extends StreamingName>(
    method: M,
    params: ParamsOf<M>,
    onProgress: (progress: ProgressOf<M>) => void,
    signal?: AbortSignal,
  ): Promise<ResultOf<M>>;
  /** Each event of the live feed until `signal` or the agent ends it. */
  events(onEvent: (event: FeedEvent) => void, signal?: AbortSignal): Promise<void>;
  /** True when one answers for this home. */
  runs(): Promise<boolean>;
}

/** `robot`: the token to ask with, if one was given; the home's owner asks otherwise. */
export function createAgent(paths: HomePaths, robot: () => Promise<RobotCaller | null> = () => Promise.resolve(null)): Agent {
  let connecting: Promise<Connection> | null = null;
  const connection = (): Promise<Connection> => (connecting ??= robot().then((caller) => connect(paths, caller)));

  const checked = (method: MethodName, params: unknown): string => {
    const read = readParams(METHODS[method].params, params);
    if (!read.ok) throw wrongUse(`the ${read.error}`);
    return JSON.stringify(params);
  };

  return {
    async ask(method, params) {
      const body = checked(method, params);
      const answers: unknown[] = [];
      await (await connection()).post(method, body, (line) => answers.push(line));
      return resultIn(answers.at(-1)) as ResultOf<typeof method>;
    },
    async follow(method, params, onProgress, signal) {
      const body = checked(method, params);
      let last: unknown;
      const onLine = (line: unknown): void => {
        if (isRecord(line) && 'progress' in line) onProgress(line['progress'] as ProgressOf<typeof method>);
        else last = line;
      };
      await (await connection()).post(method, body, onLine, signal);
      if (signal?.aborted === true && last === undefined) throw failed('stopped');
      return resultIn(last) as ResultOf<typeof method>;
    },
    events: async (onEvent, signal) => (await connection()).events((line) => onEvent(line as FeedEvent), signal),
    async runs() {
      try {
        await (await connection()).post('id', '{}', () => undefined);
        return true;
      } catch {
        connecting = null;
        return false;
      }
    },
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function resultIn(line: unknown): unknown {
  if (isRecord(line) && 'result' in line) return line['result'];
  if (!isRecord(line) || !isRecord(line['error'])) throw failed('the agent stopped while answering', 'leanvibe status');
  const { code, message, fix } = line['error'];
  const words = [String(message), typeof fix === 'string' ? fix : ''] as const;
  if (code === 'unknown-method')
    throw failed('the running agent is of another version than this command', 'leanvibe stop, then leanvibe start');
  throw code === 'bad-request' ? wrongUse(...words) : failed(...words);
}
