/** `leanvibe open`: a link that signs a browser in once, opened where there is one. */
import { spawn } from 'node:child_process';
import type { Cli } from '../base/cli.js';
import { lasted } from '../term/words.js';
import type { CommandSpec } from '../base/spec.js';

export const open: CommandSpec = {
  words: ['open'],
  summary: 'opens the dashboard, signed in; prints the link',
  options: [{ long: 'print', help: 'only print the link' }],
  json: true,
  async run({ cli, agent, json, flag }) {
    const view = await agent.ask('open', {});
    if (json) return cli.json(view);
    cli.line(`  ${view.link}`);
    if (!cli.watched) return;
    cli.line(`  good once, for ${lasted((Date.parse(view.expiresAt) - cli.nowMs()) / 1000 + 1)}`);
    const opener = flag('print') ? null : openerHere(cli);
    if (opener !== null) await launch(opener, view.link);
  },
};

function openerHere({ env }: Cli): string | null {
  if (process.platform === 'darwin') return 'open';
  return env['DISPLAY'] === undefined && env['WAYLAND_DISPLAY'] === undefined ? null : 'xdg-open';
}

/** Without an opener the printed link is still there. */
function launch(opener: string, link: string): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn(opener, [link], { stdio: 'ignore', detached: true });
    child.once('error', () => resolve());
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}
