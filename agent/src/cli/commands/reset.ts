/** `leanvibe reset`, `uninstall`: start over, or leave nothing behind. Both ask, and both touch only what LeanVibe wrote. */
import { wrongUse } from '../base/failure.js';
import { clearHome } from '../base/clear-home.js';
import type { Call, CommandSpec } from '../base/spec.js';
import { askLine } from '../term/ask.js';
import { safe } from '../term/safe.js';
import { cutMiddle } from '../term/width.js';
import { removeService } from './service.js';

const YES = { long: 'yes', help: 'do not ask' } as const;

async function sure(call: Call, word: string, what: string): Promise<boolean> {
  if (call.flag('yes')) return true;
  if (!call.cli.canAsk) throw wrongUse(`${word} deletes ${what} and needs a yes`, `leanvibe ${word} --yes`);
  call.cli.note(`this deletes ${what} in ${cutMiddle(safe(call.paths.home), 60)}; your other devices keep theirs`);
  return (await askLine(call.cli, `type ${word} to go on:`))?.trim() === word;
}

export const reset: CommandSpec = {
  words: ['reset'],
  summary: 'starts over: deletes all data and keys of this device, keeps settings (asks)',
  options: [YES],
  json: true,
  async run(call) {
    const { cli } = call;
    if (!(await sure(call, 'reset', 'all data and keys of this device'))) return cli.line('  nothing changed');
    const removed = await clearHome(call.paths, { keepSettings: true });
    if (call.json) return cli.json({ removed });
    cli.line(`  ${cli.style.done} this device starts over; your folders are untouched`);
  },
};

export const uninstall: CommandSpec = {
  words: ['uninstall'],
  summary: 'leaves nothing behind: data, keys, settings, service (asks)',
  options: [YES],
  json: true,
  async run(call) {
    const { cli } = call;
    if (!(await sure(call, 'uninstall', 'all data, keys and settings of this device'))) return cli.line('  nothing changed');
    const removed = await clearHome(call.paths, { keepSettings: false });
    const service = await removeService(call);
    if (call.json) return cli.json({ removed, service });
    cli.line(`  ${cli.style.done} everything LeanVibe wrote is gone; your folders are untouched`);
    if (cli.self === 'leanvibe') cli.line('    the command itself: delete its link (type -a leanvibe) and the clone');
  },
};
