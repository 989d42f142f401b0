/** `leanvibe doctor`: what is wrong and how to mend it, with a running agent or without. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckView } from '../../control/views.js';
import { checksHere } from '../base/checks.js';
import { reportOf } from '../base/report.js';
import { failed, systemWords } from '../base/failure.js';
import type { CommandSpec } from '../base/spec.js';
import { withSelf } from '../base/self.js';
import { safe } from '../term/safe.js';
import { count } from '../term/words.js';
import { padEnd } from '../term/width.js';

const NAME_COLUMNS = 12;

export const doctor: CommandSpec = {
  words: ['doctor'],
  summary: 'what is wrong, and how to mend it; --bundle writes a report without names, paths or content',
  options: [{ long: 'bundle', help: 'write the report into a file here' }],
  json: true,
  async run(call) {
    const { cli, agent } = call;
    const here = await checksHere(call);
    const running = await agent.runs();
    const asked: readonly CheckView[] = running ? await agent.ask('doctor', {}) : [];
    const checks = [...here.filter(({ check }) => !asked.some((one) => one.check === check)), ...asked];
    if (call.flag('bundle')) {
      const path = join(cli.cwd, `leanvibe-report-${new Date(cli.nowMs()).toISOString().replace(/[:.]/g, '-')}.json`);
      await writeFile(path, `${JSON.stringify(await reportOf(call, checks, running), null, 2)}\n`, { flag: 'wx', mode: 0o600 }).catch(
        (error: unknown) => {
          throw failed(`the report could not be written here: ${systemWords(error)}`, 'cd to a folder of yours and try again');
        },
      );
      if (call.json) cli.json({ path });
      else cli.line(`  ${cli.style.done} ${safe(path)}`);
      return;
    }
    if (call.json) cli.json(checks);
    else for (const one of checks) cli.lines(lines(one, cli.style, cli.self));
    const wrong = checks.filter(({ ok }) => !ok);
    if (wrong.length > 0)
      throw failed(
        `${count(wrong.length, 'thing')} to mend: ${wrong
          .map(({ check }) => check)
          .join(', ')
          .slice(0, 120)}`,
        firstFix(wrong),
      );
  },
};

function firstFix(wrong: readonly CheckView[]): string {
  return wrong.find(({ fix }) => fix !== '')?.fix.replace(/^run: /, '') ?? '';
}

function lines(
  { check, ok, detail, fix }: CheckView,
  style: { readonly done: string; readonly failed: string },
  self: string,
): readonly string[] {
  const first = `  ${ok ? style.done : style.failed} ${padEnd(safe(check), NAME_COLUMNS)} ${safe(withSelf(detail, self))}`;
  return ok || fix === '' ? [first] : [first, `    ${padEnd('', NAME_COLUMNS)} ${safe(withSelf(fix, self))}`];
}
