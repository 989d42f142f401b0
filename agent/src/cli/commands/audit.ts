/** `leanvibe audit`: the signed log of membership in plain words, verified anew from stored bytes. */
import type { AuditLine, AuditToken, AuditView } from '../../control/trust-views.js';
import type { Cli } from '../base/cli.js';
import type { CommandSpec } from '../base/spec.js';
import { safe } from '../term/safe.js';
import { wrap } from '../term/wrap.js';
import { count } from '../term/words.js';

export const audit: CommandSpec = {
  words: ['audit'],
  summary: 'who did what to whom: the signed log of each space, verified anew',
  options: [
    { long: 'space', value: 'space', help: 'only of this space (default: all)' },
    { long: 'since', value: 'link', help: 'only what comes after this link' },
  ],
  json: true,
  async run(call) {
    const { cli } = call;
    const [space, since] = [call.option('space'), call.option('since')];
    const views = await call.agent.ask('audit', { ...(space === undefined ? {} : { space }), ...(since === undefined ? {} : { since }) });
    if (call.json) return cli.json(views);
    for (const [at, view] of views.entries()) {
      if (at > 0) cli.line();
      cli.lines(auditLines(view, cli));
    }
  },
};

export function auditLines(view: AuditView, cli: Pick<Cli, 'style' | 'columns'>): readonly string[] {
  const { style, columns } = cli;
  const lines = [`  ${style.strong(safe(view.name))} · in the order things were known, not by the clock`];
  for (const line of view.lines) lines.push(...lineOf(line, cli));
  for (const token of view.tokens) lines.push(...wrap(tokenWords(token), columns, `  ${style.working} `, '    '));
  lines.push('');
  if (view.faults.length === 0) lines.push(`  ${style.done} verified: ${count(view.verified, 'link')}, every signature checked`);
  else {
    lines.push(`  ${style.failed} verified: ${view.verified} of ${count(view.links, 'link')}`);
    for (const { detail, entry, link } of view.faults) lines.push(`    ${detail} (${(link ?? entry ?? '').slice(0, 8)})`);
  }
  if (view.sealed > 0) lines.push(`  ${style.working} ${count(view.sealed, 'entry', 'entries')} cannot be read yet: no key came for them`);
  return lines;
}

function lineOf({ text, why, link, verdict }: AuditLine, { style, columns }: Pick<Cli, 'style' | 'columns'>): readonly string[] {
  const mark = link === null ? style.needsYou : verdict === 'valid' ? style.done : style.failed;
  const words = `${safe(text)}${why === '' ? '' : ` — did not count: ${safe(why)}`}`;
  return wrap(words, columns, `  ${mark} `, '    ');
}

function tokenWords({ name, deviceName, changes, drafts, documents }: AuditToken): string {
  const waiting = drafts === 0 ? '' : `, ${drafts} not sent yet`;
  return `${safe(name)} (robot, by ${safe(deviceName)}) wrote ${count(changes, 'change')} in ${count(documents.length, 'document')}${waiting}`;
}
