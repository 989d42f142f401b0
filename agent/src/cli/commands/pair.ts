/** `leanvibe pair`: shows a QR, a link and a short code for two minutes, and waits for the other device. */
import type { PairStatus } from '../../control/views.js';
import type { Cli } from '../base/cli.js';
import { failed } from '../base/failure.js';
import { untilInterrupted } from '../base/interrupt.js';
import { pairOfferLines } from '../base/pair-lines.js';
import type { Call, CommandSpec } from '../base/spec.js';
import { askLine } from '../term/ask.js';
import { safe } from '../term/safe.js';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 250;

export const pair: CommandSpec = {
  words: ['pair'],
  summary: 'shows a QR, a link and a code for another device of yours, and waits for it',
  options: [{ long: 'no-wait', help: 'return at once; the link stays good for two minutes' }],
  json: true,
  async run(call) {
    const { cli, agent } = call;
    const offer = await agent.ask('pair.start', { autoConfirm: true });
    if (call.json) return cli.json(offer);
    cli.lines(await pairOfferLines(offer, cli));
    if (call.flag('no-wait')) return;
    const last = await untilInterrupted((signal) => wait(call, signal));
    if (last === null) {
      await agent.ask('pair.cancel', {});
      return cli.line('  stopped; nothing was shared');
    }
    tellEnd(cli, last);
  },
};

async function wait(call: Call, signal: AbortSignal): Promise<PairStatus> {
  const { agent } = call;
  let asked: string | null = null;
  for (;;) {
    const now = await agent.ask('pair.status', {});
    if (now.state !== 'open' && now.state !== 'asked') return now;
    if (now.state === 'asked' && now.deviceId !== asked) {
      asked = now.deviceId;
      await answer(call, now);
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** By short code both sides compare six digits; the link proves itself. */
async function answer({ cli, agent }: Call, { name, digits }: PairStatus): Promise<void> {
  cli.line(`  ${cli.style.needsYou} ${safe(name ?? 'a device')} asks to join${digits === null ? '' : ` and must show ${spaced(digits)}`}`);
  if (!cli.canAsk) return cli.line(`    answer with: ${cli.self} pair confirm <the digits on its screen>, or ${cli.self} pair cancel`);
  const typed = await askLine(cli, 'type the six digits on its screen, or nothing to refuse:');
  const given = (typed ?? '').replace(/\s/g, '');
  if (/^\d{6}$/.test(given)) await agent.ask('pair.confirm', { accept: true, digits: given });
  else await agent.ask('pair.confirm', { accept: false });
}

export function spaced(digits: string): string {
  return digits.length === 6 ? `${digits.slice(0, 3)} ${digits.slice(3)}` : digits;
}

function tellEnd(cli: Cli, { state, name, message, alarm }: PairStatus): void {
  if (alarm !== null) cli.line(`  ${cli.style.needsYou} ${safe(alarm)}`);
  if (state !== 'joined') throw failed(`nobody joined${message === null ? '' : `: ${safe(message)}`}`, 'leanvibe pair');
  cli.line(`  ${cli.style.done} ${safe(name ?? 'the device')} joined; your projects are on their way to it`);
}

export const pairConfirm: CommandSpec = {
  words: ['pair', 'confirm'],
  summary: 'lets the device in that shows these six digits',
  args: [{ name: 'digits', rest: true }],
  json: true,
  async run(call) {
    const view = await call.agent.ask('pair.confirm', { accept: true, digits: call.need('digits') });
    if (call.json) call.cli.json(view);
    else call.cli.line(`  ${call.cli.style.done} confirmed; ${safe(view.name ?? 'the device')} is joining`);
  },
};

export const pairCancel: CommandSpec = {
  words: ['pair', 'cancel'],
  summary: 'ends the pairing that is open; its link and code are worth nothing then',
  json: true,
  async run({ cli, agent, json }) {
    const view = await agent.ask('pair.cancel', {});
    if (json) cli.json(view);
    else cli.line(`  ${cli.style.done} no pairing is open`);
  },
};

export const pairStatus: CommandSpec = {
  words: ['pair', 'status'],
  summary: 'whether a pairing is open, and who asks',
  json: true,
  async run({ cli, agent, json }) {
    const view = await agent.ask('pair.status', {});
    if (json) return cli.json(view);
    const words: Readonly<Record<PairStatus['state'], string>> = {
      none: 'no pairing is open',
      open: 'open, nobody came yet',
      asked: `${view.name ?? 'a device'} asks to join`,
      joined: `${view.name ?? 'a device'} joined`,
      ended: `ended${view.message === null ? '' : `: ${view.message}`}`,
    };
    cli.line(`  ${safe(words[view.state])}${view.state === 'asked' && view.digits !== null ? ` · ${spaced(view.digits)}` : ''}`);
  },
};
