/** `leanvibe stop`: ends the agent, and waits until it is gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readEndpoint } from '../../control/endpoint.js';
import { failed } from '../base/failure.js';
import { createAgent } from '../base/agent.js';
import type { CommandSpec } from '../base/spec.js';

const STOPPING_MS_MAX = 30_000;
const LOOK_EVERY_MS = 50;

export const stop: CommandSpec = {
  words: ['stop'],
  summary: 'stops the agent; everything is saved already',
  json: true,
  async run({ cli, agent, json, paths }) {
    const pid = (await readEndpoint(paths.endpoint).catch(() => null))?.pid;
    await agent.ask('stop', {});
    const untilMs = cli.nowMs() + STOPPING_MS_MAX;
    while ((pid !== undefined && pid !== process.pid && isAlive(pid)) || (await createAgent(paths).runs())) {
      if (cli.nowMs() > untilMs) throw failed('the agent is still stopping', 'leanvibe logs');
      await sleep(LOOK_EVERY_MS);
    }
    if (json) cli.json({ stopped: true });
    else cli.line(`  ${cli.style.done} stopped`);
  },
};

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
