/** `leanvibe join`: makes this device one of the person who shows the link or the code, or its person a member of a space by an invite. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { JoinStatus } from '../../control/views.js';
import { failed } from '../base/failure.js';
import { untilInterrupted } from '../base/interrupt.js';
import { joinSpace } from '../base/space-join.js';
import type { Call, CommandSpec } from '../base/spec.js';
import { askLine, askYes } from '../term/ask.js';
import { safe } from '../term/safe.js';
import { spaced } from './pair.js';

const LOOK_EVERY_MS = 200;
const isInvite = (target: string): boolean => /^\s*leanvibe:\/\/invite\//.test(target);

export const join: CommandSpec = {
  words: ['join'],
  summary: 'joins by the link or the code another device shows, or a space by an invite link',
  args: [{ name: 'link-or-code', rest: true }],
  options: [
    { long: 'yes', help: 'bring along what this device has, and leave comparing digits to the other side' },
    { long: 'no-wait', help: 'with an invite: do not wait for the answer; the agent goes on asking' },
  ],
  json: true,
  async run(call) {
    const { cli, agent } = call;
    const target = call.need('link-or-code');
    if (isInvite(target)) return joinSpace(call, target);
    const keepHome = call.flag('yes') || (await bringAlong(call));
    await agent.ask('join.start', { target, keepHome });
    const last = await untilInterrupted((signal) => wait(call, signal));
    if (last === null) {
      await agent.ask('join.cancel', {});
      throw failed('stopped; nothing was shared', '');
    }
    if (last.state !== 'joined')
      throw failed(
        `joining failed: ${last.message ?? 'the other side ended it'}`,
        /--yes/.test(last.message ?? '')
          ? 'leanvibe join <link-or-code> --yes'
          : 'show a new one with leanvibe pair on the other device, and try again',
      );
    if (call.json) return cli.json(last);
    const whose = last.personName ?? last.deviceName;
    cli.line(`  ${cli.style.done} joined${whose === null ? '' : ` ${safe(whose)}`}; projects arrive now: ${cli.self} status`);
  },
};

/** What is here already becomes that person's too; without a person to ask, the agent decides whether there is anything. */
async function bringAlong({ cli, agent }: Call): Promise<boolean> {
  if (!cli.canAsk) return false;
  const projects = await agent.ask('project.list', {});
  if (projects.length === 0) return false;
  return askYes(cli, `bring along the ${projects.length === 1 ? 'project' : `${projects.length} projects`} of this device?`);
}

async function wait(call: Call, signal: AbortSignal): Promise<JoinStatus> {
  const { agent } = call;
  let told = '';
  for (;;) {
    const now = await agent.ask('join.status', {});
    if (now.state === 'joined' || now.state === 'failed' || now.state === 'none') return now;
    if (now.state === 'digits' && now.digits !== null && now.digits !== told) {
      told = now.digits;
      await compare(call, now.digits);
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

async function compare({ cli, agent, flag }: Call, digits: string): Promise<void> {
  cli.note(`${cli.style.needsYou} the other screen must show ${spaced(digits)}; confirm there with: leanvibe pair confirm ${digits}`);
  // The other side types these digits, which is comparison enough; asking here too is for a person who looks at both.
  if (flag('yes') || !cli.canAsk) return void (await agent.ask('join.confirm', { accept: true, digits }));
  const typed = ((await askLine(cli, 'type the six digits on the other screen, or nothing to refuse:')) ?? '').replace(/\s/g, '');
  if (/^\d{6}$/.test(typed)) await agent.ask('join.confirm', { accept: true, digits: typed });
  else await agent.ask('join.confirm', { accept: false });
}
