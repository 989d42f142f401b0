/** `leanvibe events --follow`: a live feed for scripts, one JSON document a line. */
import { failed, wrongUse } from '../base/failure.js';
import { untilInterrupted } from '../base/interrupt.js';
import type { CommandSpec } from '../base/spec.js';
import { safeJson } from '../term/safe.js';

export const events: CommandSpec = {
  words: ['events'],
  summary: 'what happens, as it happens: one JSON line each',
  options: [{ long: 'follow', short: 'f', help: 'go on until stopped' }],
  json: true,
  robots: true,
  async run({ cli, agent, flag, asRobot }) {
    if (!flag('follow')) throw wrongUse('events is a live feed and keeps no past', 'leanvibe events --follow');
    const ended = await untilInterrupted(async (signal) => {
      await agent.events((event) => cli.line(safeJson(event)), signal);
      return !signal.aborted;
    });
    if (ended === true && asRobot) throw failed('the feed ended: the token did, or the agent stopped', 'leanvibe status');
    if (ended === true) throw failed('the agent stopped', 'leanvibe start');
  },
};
