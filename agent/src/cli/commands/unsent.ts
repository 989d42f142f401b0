/** `leanvibe unsent`: edits that only this device has, saved as a file and applied from one. */
import type { UnsentApplied } from '../../control/trust-views.js';
import type { Cli } from '../base/cli.js';
import { differenceLines } from '../base/difference-lines.js';
import type { CommandSpec } from '../base/spec.js';
import { withSelf } from '../base/self.js';
import { safe } from '../term/safe.js';
import { count } from '../term/words.js';

export const unsent: CommandSpec = {
  words: ['unsent'],
  summary: 'edits that are on this device only, and whether they can still be sent',
  json: true,
  async run({ cli, agent, json }) {
    const rows = await agent.ask('unsent.list', {});
    if (json) return cli.json(rows);
    if (rows.length === 0) return cli.line(`  ${cli.style.done} nothing is unsent: every edit here is with another device, or on its way`);
    for (const [at, row] of rows.entries()) {
      if (at > 0) cli.line();
      const where = `${row.projectName ?? row.document}${row.projectName !== null && row.document !== 'project' ? `, ${row.document}` : ''}`;
      cli.line(
        `  ${row.stranded ? cli.style.needsYou : cli.style.working} ${count(row.edits, 'edit')} in ${safe(where)} (${safe(row.spaceName)})`,
      );
      cli.line(`  ${withSelf(row.detail, cli.self)}`);
      if (row.difference !== null) cli.lines(differenceLines(row.difference, cli));
    }
  },
};

export const unsentSave: CommandSpec = {
  words: ['unsent', 'save'],
  summary: 'writes them as a file that another device can apply',
  args: [{ name: 'file', kind: 'path' }],
  json: true,
  async run(call) {
    const { cli } = call;
    const done = await call.agent.ask('unsent.save', { path: call.path(call.need('file')) });
    if (call.json) return cli.json(done);
    cli.line(`  ${cli.style.done} ${count(done.documents, 'document')} written to ${safe(done.path)}; the words in it are readable`);
    cli.line(`    on another device: ${cli.self} unsent apply <file>`);
  },
};

export const unsentApply: CommandSpec = {
  words: ['unsent', 'apply'],
  summary: "makes another device's unsent edits this one's own, as far as they still fit",
  args: [{ name: 'file', kind: 'path' }],
  json: true,
  async run(call) {
    const done = await call.agent.ask('unsent.apply', { path: call.path(call.need('file')) });
    if (call.json) return call.cli.json(done);
    call.cli.lines(appliedLines(done, call.cli));
  },
};

function appliedLines({ from, applied, already, left }: UnsentApplied, { style }: Pick<Cli, 'style'>): readonly string[] {
  const lines = applied.map(({ project, text }) => `  ${style.done} ${safe(project)}: ${safe(text)}`);
  for (const { project, text, why } of left) lines.push(`  ${style.needsYou} ${safe(project)}: ${safe(text)} — left out: ${safe(why)}`);
  const there = already === 0 ? '' : `, ${already} there already`;
  return [
    ...lines,
    `  ${count(applied.length, 'edit')} from ${safe(from)} applied${there}${left.length === 0 ? '' : `, ${left.length} left out`}`,
  ];
}
