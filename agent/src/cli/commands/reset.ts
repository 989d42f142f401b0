/** `leanvibe reset`, `uninstall`: start over, or leave nothing behind. Both ask, and both touch only what LeanVibe wrote. */
import { wrongUse } from '../base/failure.js';
import { clearHome } from '../base/clear-home.js';
import type { Call, CommandSpec } from '../base/spec.js';
import { askLine } from '../term/ask.js';
import { safe } from '../term/safe.js';
import { cutMiddle } from '../term/width.js';
import { count } from '../term/words.js';
import { removeService } from './service.js';

const YES = { long: 'yes', help: 'do not ask' } as const;

/** Relays where this device's token stays good, though it is about to be forgotten here. */
async function relaysOf(call: Call): Promise<number> {
  const [{ countRecords }, { TABLE }, { RELAY_PREFIX }] = await Promise.all([
    import('../../store/count-records.js'),
    import('../../daemon/local-records.js'),
    import('../../relay/book.js'),
  ]);
  return countRecords(call.paths.store, TABLE, RELAY_PREFIX);
}

function tellOfRelays({ cli }: Call, relays: number): void {
  if (relays > 0)
    cli.note(`${count(relays, 'relay')} still knows this device, and no token of it is left here: its operator can revoke it there`);
}

async function sure(call: Call, word: string, what: string, relays: number): Promise<boolean> {
  if (call.flag('yes')) return true;
  if (!call.cli.canAsk) throw wrongUse(`${word} deletes ${what} and needs a yes`, `leanvibe ${word} --yes`);
  call.cli.note(`this deletes ${what} in ${cutMiddle(safe(call.paths.home), 60)}; your other devices keep theirs`);
  if (relays > 0) call.cli.note(`this device is signed in to ${count(relays, 'relay')}: sign out first with: leanvibe relay logout`);
  return (await askLine(call.cli, `type ${word} to go on:`))?.trim() === word;
}

export const reset: CommandSpec = {
  words: ['reset'],
  summary: 'starts over: deletes all data and keys of this device, keeps settings (asks)',
  options: [YES],
  json: true,
  async run(call) {
    const { cli } = call;
    const relays = await relaysOf(call);
    if (!(await sure(call, 'reset', 'all data and keys of this device', relays))) return cli.line('  nothing changed');
    const removed = await clearHome(call.paths, { keepSettings: true });
    if (call.json) return cli.json({ removed, relays });
    cli.line(`  ${cli.style.done} this device starts over; your folders are untouched`);
    tellOfRelays(call, relays);
  },
};

export const uninstall: CommandSpec = {
  words: ['uninstall'],
  summary: 'leaves nothing behind: data, keys, settings, service (asks)',
  options: [YES],
  json: true,
  async run(call) {
    const { cli } = call;
    const relays = await relaysOf(call);
    if (!(await sure(call, 'uninstall', 'all data, keys and settings of this device', relays))) return cli.line('  nothing changed');
    const removed = await clearHome(call.paths, { keepSettings: false });
    const service = await removeService(call);
    if (call.json) return cli.json({ removed, relays, service });
    cli.line(`  ${cli.style.done} everything LeanVibe wrote is gone; your folders are untouched`);
    tellOfRelays(call, relays);
    if (cli.self === 'leanvibe') cli.line('    the command itself: delete its link (type -a leanvibe) and the clone');
  },
};
