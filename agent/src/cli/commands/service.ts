/** `leanvibe service`: the agent starts with the computer, by launchd or systemd --user. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf, failed, systemWords } from '../base/failure.js';
import { serviceHere, type Service } from '../base/service-files.js';
import { programPath } from '../base/program-path.js';
import { runTool } from '../base/tool.js';
import type { Call, CommandSpec } from '../base/spec.js';
import { safe } from '../term/safe.js';

function here({ cli, paths }: Call): Service {
  const service = serviceHere({
    platform: process.platform,
    env: cli.env,
    node: process.execPath,
    program: programPath(),
    home: paths.home,
  });
  if (service === null)
    throw failed(`services are known for macOS and Linux, not for ${process.platform}`, 'start it yourself with leanvibe start --detach');
  return service;
}

async function installed(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw failed(`${path} cannot be read: ${systemWords(error)}`, '');
  });
}

/** The first of these commands that fails ends them; its words are the answer. */
async function runAll(commands: readonly (readonly string[])[]): Promise<string | null> {
  for (const [tool = '', ...args] of commands) {
    const trouble = await runTool(tool, args);
    if (trouble !== null) return trouble;
  }
  return null;
}

export const serviceInstall: CommandSpec = {
  words: ['service', 'install'],
  summary: 'starts the agent with the computer, and now',
  options: [{ long: 'no-start', help: 'only write the file' }],
  json: true,
  async run(call) {
    const { cli } = call;
    const { path, text, load } = here(call);
    await mkdir(dirname(path), { recursive: true })
      .then(() => writeFile(path, text, { mode: 0o644 }))
      .catch((error: unknown) => {
        throw failed(`${path} could not be written: ${systemWords(error)}`, 'check the permissions of that folder');
      });
    const trouble = call.flag('no-start') ? null : await runAll(load);
    if (trouble !== null)
      throw failed(
        `the service is written to ${path}, but was not started: ${safe(trouble)}`,
        `log in at a desktop, then: ${load.at(-1)?.join(' ') ?? ''}`,
      );
    if (call.json) return cli.json({ path, started: !call.flag('no-start') });
    cli.line(`  ${cli.style.done} installed: ${safe(path)}`);
  },
};

export const serviceUninstall: CommandSpec = {
  words: ['service', 'uninstall'],
  summary: 'no longer starts it with the computer; data stays',
  json: true,
  async run(call) {
    const { cli } = call;
    const gone = await removeService(call);
    if (call.json) cli.json({ removed: gone });
    else cli.line(gone ? `  ${cli.style.done} it no longer starts with the computer` : '  no service is installed');
  },
};

/** False when there was none. */
export async function removeService(call: Call): Promise<boolean> {
  const { path, unload, after } = here(call);
  if ((await installed(path)) === null) return false;
  // A service that is not loaded cannot be unloaded, which is what was wanted.
  await runAll(unload);
  await rm(path, { force: true });
  await runAll(after);
  return true;
}

export const serviceStatus: CommandSpec = {
  words: ['service', 'status'],
  summary: 'whether it starts with the computer',
  json: true,
  async run(call) {
    const { cli } = call;
    const { path, text } = here(call);
    const found = await installed(path);
    const running = await call.agent.runs();
    const current = found === text;
    if (call.json) return cli.json({ installed: found !== null, current, path, running });
    if (found === null) return cli.line(`  not installed; start it with the computer: ${cli.self} service install`);
    cli.line(`  ${current ? cli.style.done : cli.style.needsYou} installed: ${safe(path)}${running ? ' · running' : ' · not running'}`);
    if (!current) cli.line(`    it was written for another place or version; renew it: ${cli.self} service install`);
  },
};
