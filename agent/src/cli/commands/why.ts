/** `leanvibe why`: per document of a project, whether every device has it, and what it waits for. */
import type { WhyView } from '../../control/views.js';
import { withSelf } from '../base/self.js';
import type { CommandSpec } from '../base/spec.js';
import { safe } from '../term/safe.js';
import { table } from '../term/table.js';

const SYMBOLS: Readonly<Record<string, string>> = {
  'in-step': '✓',
  draft: '•',
  sealed: '•',
  waiting: '•',
  held: '•',
  quarantined: '!',
  void: '!',
  refused: '✗',
  blocked: '✗',
  owed: '!',
};

export const why: CommandSpec = {
  words: ['why'],
  summary: 'says, per document, why it is not yet with every device',
  args: [{ name: 'project', optional: true, kind: 'project' }],
  project: true,
  json: true,
  async run(call) {
    const { cli } = call;
    const rows = await call.agent.ask('why', call.where(call.arg('project')));
    if (call.json) return cli.json(rows);
    if (rows.length === 0) return cli.line(`  ${cli.style.done} nothing to explain: this project has no documents here yet`);
    const waiting = (one: WhyView): string =>
      one.waitingFor.length === 0 || one.state === 'owed' ? '' : `waiting for ${one.waitingFor.map(safe).join(', ')}`;
    const cells = rows.map((one) => [SYMBOLS[one.state] ?? '•', safe(one.document), safe(withSelf(one.detail, cli.self)), waiting(one)]);
    cli.lines(table([{ head: '' }, { head: 'document' }, { head: 'why', cut: 'end' }, { head: '', cut: 'end' }], cells, cli.columns));
  },
};
