/** Joining a space by an invite, as it is watched: the agent does the asking, and goes on when nobody watches. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SpaceJoinRow } from '../../control/team-views.js';
import { safe } from '../term/safe.js';
import { shortId } from '../term/words.js';
import { failed } from './failure.js';
import { untilInterrupted } from './interrupt.js';
import type { Call } from './spec.js';
import { typed } from './team-lines.js';

const LOOK_EVERY_MS = 200;

/** Why it is not further, in one line. */
export function joinWords({ state, hostName, spaceName, message }: SpaceJoinRow): string {
  const where = safe(spaceName);
  switch (state) {
    case 'asking':
      return `${where}: looking for ${safe(hostName)}${message === null ? '' : ` (${safe(message)})`}`;
    case 'waiting':
      return `${where}: waiting for ${safe(hostName)} to approve${message === null ? '' : ` (${safe(message)})`}`;
    case 'joined':
      return `${where}: you are in`;
    case 'denied':
      return `${where}: ${safe(hostName)} said no`;
    case 'failed':
      return `${where}: ${safe(message ?? 'it did not work')}`;
  }
}

export async function joinSpace(call: Call, link: string): Promise<void> {
  const { cli, agent } = call;
  const begun = await agent.ask('invite.accept', { link });
  if (call.flag('no-wait')) {
    if (call.json) return cli.json(begun);
    cli.line(`  ${cli.style.working} ${joinWords(begun)}; it goes on by itself: ${cli.self} status`);
    return;
  }
  const last = await untilInterrupted((signal) => follow(call, begun, signal));
  if (last === null) return goesOn(call, begun.id);
  if (last.state !== 'joined')
    throw failed(
      `joining ${safe(last.spaceName)} failed: ${last.state === 'denied' ? `${safe(last.hostName)} said no` : (last.message ?? '')}`,
      'ask for a new link: leanvibe invite, on their device',
    );
  if (call.json) return cli.json(last);
  cli.line(
    `  ${cli.style.done} you are in ${safe(last.spaceName)}${last.role === null ? '' : ` as ${last.role}`}; its projects arrive now: ${cli.self} projects`,
  );
}

/** Ctrl-C ends the watching only. */
async function goesOn({ cli, agent, json }: Call, id: string): Promise<void> {
  const now = (await agent.ask('invite.accepted', {})).find((one) => one.id === id);
  if (now === undefined) throw failed('the request was withdrawn');
  if (json) return cli.json(now);
  cli.line(`  ${cli.style.working} ${joinWords(now)}; it goes on by itself: ${cli.self} status`);
  cli.line(`    to ask no more: ${cli.self} invite withdraw ${shortId(id)}`);
}

async function follow(call: Call, begun: SpaceJoinRow, signal: AbortSignal): Promise<SpaceJoinRow> {
  const { cli, agent } = call;
  let told = '';
  for (;;) {
    const now = (await agent.ask('invite.accepted', {})).find((one) => one.id === begun.id);
    if (now === undefined) throw failed('the request was withdrawn', `leanvibe join <link>, to ask ${typed(begun.hostName)} again`);
    if (now.state === 'joined' || now.state === 'denied' || now.state === 'failed') return now;
    const words = joinWords(now);
    if (words !== told) cli.note(`${cli.style.working} ${words}${told === '' ? ' · Ctrl-C stops watching, not asking' : ''}`);
    told = words;
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}
