/** What a person sees when the agent has started: their project, where to look, how to add a device, and how to type less. */
import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, parse } from 'node:path';
import type { FeedEvent } from '../../control/views.js';
import { requestWords } from '../commands/invite.js';
import { addedLines, addFolder } from '../commands/project.js';
import { safe } from '../term/safe.js';
import { lasted } from '../term/words.js';
import { wrap } from '../term/wrap.js';
import { cutMiddle } from '../term/width.js';
import { CommandFailure } from './failure.js';
import { pairOfferLines } from './pair-lines.js';
import { programPath } from './program-path.js';
import { quoted } from './self.js';
import type { Call } from './spec.js';

export interface GreetOptions {
  /** The agent lives in this very process, and ends with it. */
  readonly attached: boolean;
  readonly warnings?: readonly string[];
}

export async function greet(call: Call, { attached, warnings = [] }: GreetOptions): Promise<void> {
  const { cli, agent } = call;
  const { style } = cli;
  const me = await agent.ask('id', {});
  cli.line(`  ${style.done} LeanVibe runs as ${safe(me.name)} · ${cutMiddle(safe(call.paths.home), 60)}`);
  for (const warning of warnings) cli.lines(wrap(safe(warning), cli.columns, `  ${style.needsYou} `, '    '));
  cli.lines(await addHere(call));
  const { link, expiresAt } = await agent.ask('open', {});
  cli.line();
  cli.line(`  dashboard  ${link}`);
  cli.line(`             good once, for ${lasted((Date.parse(expiresAt) - cli.nowMs()) / 1000 + 1)}; later: ${cli.self} open`);
  cli.lines(await pairOfferLines(await agent.ask('pair.start', { autoConfirm: true }), cli));
  cli.line();
  cli.line(attached ? `  Ctrl-C stops it; in another terminal try: ${cli.self} status` : `  stop it with: ${cli.self} stop`);
  if (cli.self !== 'leanvibe') cli.line(`  to type just leanvibe: ${linkCommand()}`);
}

/** The folder this was typed in, unless it is one that nobody means to index whole. */
async function addHere(call: Call): Promise<readonly string[]> {
  const { cli, paths } = call;
  const here = await realpath(cli.cwd).catch(() => cli.cwd);
  const never = [homedir(), parse(here).root, paths.home, dirname(paths.home)];
  const real = await Promise.all(never.map((path) => realpath(path).catch(() => path)));
  if (real.includes(here)) return [`  ${cli.style.working} this folder is no project; in one, type: ${cli.self} add`];
  try {
    return addedLines(call, await addFolder(call, here));
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    // The agent runs; a folder it could not index is no reason to stop it.
    return [`  ${cli.style.needsYou} this folder was not added: ${safe(error.message)}`];
  }
}

/** A link in a folder that is usually on the PATH; npm link needs a writable global folder, which many machines do not have. */
function linkCommand(): string {
  return `${process.getuid?.() === 0 ? '' : 'sudo '}ln -s ${quoted(programPath())} /usr/local/bin/leanvibe`;
}

/** Tells of pairings, and of people who ask to be let in, until the agent stops. */
export async function followPairing({ cli, agent }: Call, signal: AbortSignal): Promise<void> {
  let told = '';
  const onEvent = (event: FeedEvent): void => {
    if (event.type === 'invite-request' && event.state === 'waiting')
      return cli.line(`  ${cli.style.needsYou} ${requestWords(event.request)}: ${cli.self} invite requests`);
    if (event.type !== 'pairing') return;
    const { state, name, deviceId, digits, alarm } = event.status;
    const key = `${state} ${deviceId ?? ''} ${alarm ?? ''}`;
    if (key === told) return;
    told = key;
    const who = safe(name ?? 'a device');
    if (alarm !== null) cli.line(`  ${cli.style.needsYou} ${safe(alarm)}`);
    else if (state === 'asked')
      cli.line(
        `  ${cli.style.needsYou} ${who} asks to join: ${cli.self} pair confirm ${digits === null ? '' : '<the six digits on its screen>'}`,
      );
    else if (state === 'joined') cli.line(`  ${cli.style.done} ${who} joined`);
  };
  await agent.events(onEvent, signal);
}
