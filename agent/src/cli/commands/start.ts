/** `leanvibe start`: runs the agent, here or in the background, with the folder it was typed in as a project. */
import type { SettingName } from '../../config/settings.js';
import { SETTING_NAMES, settingOf } from '../../config/settings.js';
import { dashed } from '../../config/load.js';
import type { RunningAgent } from '../../daemon/run.js';
import { NAME_CHARS_MAX } from '../../product/names.js';
import { CommandFailure, failed, wrongUse } from '../base/failure.js';
import { runInBackground, tellParent } from '../base/background.js';
import { greet, followPairing } from '../base/greeting.js';
import type { Call, CommandSpec, OptionSpec } from '../base/spec.js';

const SETTING_OPTIONS: readonly OptionSpec[] = SETTING_NAMES.map((name) => ({
  long: dashed(name),
  value: typeof settingOf(name).standard === 'boolean' ? 'on|off' : 'value',
  help: settingOf(name).help,
  ownVariable: true,
}));

export const start: CommandSpec = {
  words: ['start'],
  summary: 'runs the agent on this folder; shows the dashboard link and a QR for other devices',
  options: [
    { long: 'detach', short: 'd', help: 'in the background; returns once it is ready' },
    { long: 'headless', help: 'the agent alone: adds no folder, shows no QR; for services' },
    { long: 'name', value: 'name', help: 'what your other devices call this one', ownVariable: true },
    ...SETTING_OPTIONS,
  ],
  async run(call) {
    const name = call.option('name');
    if (name !== undefined && name.length > NAME_CHARS_MAX) throw wrongUse(`--name must be at most ${NAME_CHARS_MAX} characters long`);
    if (call.flag('headless')) return headless(call);
    if (!call.flag('detach')) return foreground(call);
    await runInBackground(call, typedFlags(call));
    await greet(call, { attached: false });
  },
};

/** The flags to hand on, as typed. */
function typedFlags(call: Call): readonly string[] {
  const given = [{ long: 'name' }, ...SETTING_OPTIONS].flatMap(({ long }) => {
    const value = call.option(long);
    return value === undefined ? [] : [`--${long}`, value];
  });
  return ['--home', call.paths.home, ...given];
}

/** The daemon and all it needs is loaded only here: other commands stay quick. */
async function launch(call: Call): Promise<RunningAgent> {
  const { runAgent } = await import('../../daemon/run.js');
  const { StartFailure } = await import('../../daemon/start-failure.js');
  const flags: Partial<Record<SettingName, string>> = {};
  for (const name of SETTING_NAMES) {
    const value = call.option(dashed(name));
    if (value !== undefined) flags[name] = value;
  }
  const name = call.option('name');
  try {
    return await runAgent({ home: call.paths.home, flags, env: call.cli.env, ...(name === undefined ? {} : { name }) });
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    if (error.code === 'already-running') throw failed(error.message, 'leanvibe status; to add this folder: leanvibe add');
    throw error.code === 'bad-config' ? new CommandFailure(2, error.message, error.fix) : failed(error.message, error.fix);
  }
}

/** SIGINT, SIGTERM and a closed terminal stop the agent as `leanvibe stop` does; a second one is not waited for. */
function stopOnSignal(running: RunningAgent): () => void {
  const onSignal = (): void => void running.stop();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.once(signal, onSignal);
  return () => signals.forEach((signal) => process.off(signal, onSignal));
}

async function headless(call: Call): Promise<void> {
  let running: RunningAgent;
  try {
    running = await launch(call);
  } catch (error) {
    if (error instanceof CommandFailure) await tellParent({ failed: { message: error.message, fix: error.fix, exit: error.exit } });
    throw error;
  }
  const off = stopOnSignal(running);
  await tellParent({ ready: { warnings: running.warnings } });
  await running.stopped;
  off();
}

async function foreground(call: Call): Promise<void> {
  const running = await launch(call);
  const off = stopOnSignal(running);
  const end = new AbortController();
  void running.stopped.then(() => end.abort());
  try {
    await greet(call, { attached: true, warnings: running.warnings });
    await followPairing(call, end.signal);
  } catch (error) {
    // Stopped while it was still greeting: that is no failure.
    if (!end.signal.aborted) {
      await running.stop();
      throw error;
    }
  }
  await running.stopped;
  off();
  call.cli.line(`  ${call.cli.style.done} stopped`);
}
