/** `leanvibe verify`: reads and proves every stored byte. */
import { failed } from '../base/failure.js';
import type { CommandSpec } from '../base/spec.js';
import { safe } from '../term/safe.js';
import { count, size } from '../term/words.js';

const SHOWN = 8;

export const verify: CommandSpec = {
  words: ['verify'],
  summary: 'proves every stored byte',
  json: true,
  async run({ cli, agent, json }) {
    const progress = cli.progress('checking', 'entries');
    const found = await agent
      .follow('verify', {}, ({ done, total }) => {
        if (!json) progress.tell(done, total);
      })
      .finally(() => progress.end());
    if (json) cli.json(found);
    else if (found.damaged.length === 0)
      cli.line(
        `  ${cli.style.done} ${count(found.entries, 'sealed entry', 'sealed entries')} and ${count(found.records, 'record')}, ${size(found.bytes + found.recordBytes)}: all whole`,
      );
    else cli.lines(found.damaged.slice(0, SHOWN).map((entry) => `  ${cli.style.failed} damaged: ${safe(entry)}`));
    if (found.damaged.length > 0)
      throw failed(
        `${count(found.damaged.length, 'entry', 'entries')} of ${found.entries} damaged`,
        'connect another device of yours: what is damaged is fetched again',
      );
  },
};
