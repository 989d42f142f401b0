/** `leanvibe devices`: every device of this person, renamed or revoked. */
import type { DeviceRow } from '../../control/views.js';
import type { CommandSpec } from '../base/spec.js';
import { wrongUse } from '../base/failure.js';
import { askLine, askYes } from '../term/ask.js';
import { safe } from '../term/safe.js';
import { table } from '../term/table.js';
import { ago, shortId } from '../term/words.js';

export const devices: CommandSpec = {
  words: ['devices'],
  summary: 'every device of yours, and when it was last seen',
  json: true,
  async run({ cli, agent, json }) {
    const all = await agent.ask('device.list', {});
    if (json) return cli.json(all);
    const seen = (one: DeviceRow): string => (one.thisDevice ? 'this device' : ago(one.lastSeen, cli.nowMs()));
    const rows = all.map((one) => [
      safe(one.name),
      shortId(one.deviceId),
      one.type,
      ago(one.addedAt, cli.nowMs()),
      seen(one),
      one.revoked ? '✗ revoked' : '',
    ]);
    cli.lines(
      table(
        [{ head: 'device', cut: 'end' }, { head: 'id' }, { head: 'type' }, { head: 'added' }, { head: 'seen' }, { head: '' }],
        rows,
        cli.columns,
      ),
    );
    if (all.length > 1) return;
    cli.line();
    cli.line(`  add another with: ${cli.self} pair`);
  },
};

export const deviceRename: CommandSpec = {
  words: ['devices', 'rename'],
  summary: 'gives a device another name',
  args: [{ name: 'device' }, { name: 'name', rest: true }],
  json: true,
  async run(call) {
    const row = await call.agent.ask('device.rename', { device: call.need('device'), name: call.need('name') });
    if (call.json) call.cli.json(row);
    else call.cli.line(`  ${call.cli.style.done} it is called ${safe(row.name)} now`);
  },
};

export const deviceRevoke: CommandSpec = {
  words: ['devices', 'revoke'],
  summary: 'takes a device out: it is sent nothing new, and nothing it writes is accepted',
  args: [{ name: 'device' }],
  options: [{ long: 'yes', help: 'do not ask for its name' }],
  json: true,
  async run(call) {
    const { cli, agent } = call;
    const device = call.need('device');
    if (!call.flag('yes')) {
      if (!cli.canAsk) throw wrongUse('revoking a device needs a yes', 'leanvibe devices revoke <device> --yes');
      const all = await agent.ask('device.list', {});
      const meant = all.find((one) => one.name === device || one.deviceId.startsWith(device));
      const name = meant?.name ?? device;
      const answer = await askLine(cli, `revoking cannot be undone; type ${safe(name)} to go on:`);
      if (answer?.trim() !== name) return cli.line('  nothing changed');
    }
    const row = await agent.ask('device.revoke', { device });
    if (call.json) return cli.json(row);
    cli.line(`  ${cli.style.done} ${safe(row.name)} is revoked: it is sent nothing new from now on`);
  },
};

export const deviceContinue: CommandSpec = {
  words: ['devices', 'continue'],
  summary: 'settles an older or second copy of this home: it goes on as the only one (asks)',
  options: [{ long: 'yes', help: 'do not ask' }],
  json: true,
  async run(call) {
    const { cli, agent } = call;
    const { cloned } = await agent.ask('status', {});
    if (cloned && !call.flag('yes')) {
      if (!cli.canAsk)
        throw wrongUse('going on as the only copy needs a yes', 'leanvibe devices continue --yes, only if the other copy is gone');
      cli.note('if another copy of this home is still used, both are shut out as soon as they meet');
      if (!(await askYes(cli, 'is every other copy of this home gone?'))) return cli.line('  nothing changed');
    }
    const done = await agent.ask('device.continue', {});
    if (call.json) return cli.json(done);
    if (!done.continued) return cli.line('  nothing to settle: no other copy of this home was noticed');
    cli.line(`  ${cli.style.done} this home goes on; what was kept back is sent as soon as a device is reachable`);
  },
};
