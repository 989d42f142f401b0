/** Whole agents inside the test's own process: real store, engine and loopback network, in temporary homes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Rendezvous } from '@leanvibe/agent/internal/daemon/rendezvous';
import { runAgent, type RunningAgent } from '@leanvibe/agent/internal/daemon/run';
import type { MethodName, ParamsOf, ResultOf } from '@leanvibe/agent/internal/control/methods';
import type { ControlError } from '@leanvibe/agent/internal/control/error';
import { onTestFinished } from 'vitest';
import { tempFolder } from './temp.js';

export interface TestAgent {
  readonly agent: RunningAgent;
  readonly home: string;
  readonly token: string;
  /** Throws `code: message` when the agent refuses. */
  ask<M extends MethodName>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>>;
  /** The refusal; throws when there was none. */
  refusal(method: MethodName, params: unknown): Promise<ControlError>;
}

export interface AgentOptions {
  readonly home?: string;
  readonly name?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly rendezvous?: Rendezvous;
}

/** On loopback only, undiscovered; stopped when the running test ends. */
export async function startAgent({ home, name, env = {}, rendezvous }: AgentOptions = {}): Promise<TestAgent> {
  const folder = home ?? join(await tempFolder('agent'), 'home');
  const agent = await runAgent({
    home: folder,
    ...(name === undefined ? {} : { name }),
    ...(rendezvous === undefined ? {} : { rendezvous }),
    flags: { port: '0' },
    env: { LEANVIBE_SECRETS: 'file', LEANVIBE_LISTEN: '127.0.0.1', LEANVIBE_DISCOVERY: 'off', ...env },
  });
  onTestFinished(() => agent.stop());
  const token = readFileSync(join(folder, 'control.token'), 'utf8').trim();

  const last = async (method: string, params: unknown): Promise<{ readonly result?: unknown; readonly error?: ControlError }> => {
    const answer = await fetch(`http://127.0.0.1:${agent.port}/api/v1/${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(params),
    });
    const lines = (await answer.text()).trim().split('\n');
    return JSON.parse(lines.at(-1) ?? '') as { readonly result?: unknown; readonly error?: ControlError };
  };

  return {
    agent,
    home: folder,
    token,
    async ask(method, params) {
      const { result, error } = await last(method, params);
      if (error !== undefined) throw new Error(`${error.code}: ${error.message}`);
      return result as ResultOf<typeof method>;
    },
    async refusal(method, params) {
      const { error } = await last(method, params);
      if (error === undefined) throw new Error(`${method} was not refused`);
      return error;
    },
  };
}
