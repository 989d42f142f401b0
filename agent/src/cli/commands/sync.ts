/** `leanvibe sync`: whether every reachable device holds what this one holds; with --wait, only once it is so. */
import type { CommandSpec } from '../base/spec.js';
import { failed } from '../base/failure.js';
import { holdsAll } from '../../relay/holds.js';
import { safe } from '../term/safe.js';
import { count, number } from '../term/words.js';

const TIMEOUT_SECONDS = 60;
const TIMEOUT_SECONDS_MAX = 86_400;

export const sync: CommandSpec = {
  words: ['sync'],
  summary: 'says whether every reachable device has everything; --wait until it has',
  options: [
    { long: 'wait', help: 'wait until it is so' },
    { long: 'timeout', value: 'seconds', help: `give up after this long (default ${TIMEOUT_SECONDS})` },
  ],
  json: true,
  async run(call) {
    const { cli, agent } = call;
    const seconds = call.whole('timeout', 0, TIMEOUT_SECONDS_MAX) ?? TIMEOUT_SECONDS;
    const progress = cli.progress('syncing', 'changes to go');
    const view = call.flag('wait')
      ? await agent
          .follow('sync.wait', { timeoutMs: seconds * 1000 }, ({ pending, pendingIn }) => {
            if (!call.json) progress.tell(pending + pendingIn, 0);
          })
          .finally(() => progress.end())
      : await agent.ask('sync.status', {});
    if (call.json) return cli.json(view);
    const reachable = view.peers.filter(({ state }) => state !== 'offline' && state !== 'strangers');
    const away = view.peers.filter(({ state }) => state === 'offline').map(({ name }) => safe(name));
    const at = view.relays.filter((relay) => relay.state === 'in-step' && holdsAll(relay)).map(({ origin }) => safe(origin));
    const apart = `${at.length === 0 ? '' : ` · at ${at.join(', ')}`}${away.length === 0 ? '' : ` · waiting for ${away.join(', ')}`}`;
    if (reachable.length === 0 && view.inStep)
      return cli.line(
        `  ${view.peers.length === 0 ? cli.style.done : cli.style.working} saved here · ${at.length === 0 ? 'only on this device' : 'on no other device'}${apart}`,
      );
    const waiting = [...view.peers, ...view.relays.flatMap(({ mailboxes }) => mailboxes)];
    if (view.inStep) return cli.line(`  ${cli.style.done} saved here · with ${count(reachable.length, 'device')}${apart}`);
    cli.line(
      `  ${cli.style.working} ${number(waiting.reduce((sum, one) => sum + one.pending + one.pendingIn, 0))} changes on their way${apart}`,
    );
    if (call.flag('wait')) throw failed('not everything arrived', 'leanvibe why');
  },
};
