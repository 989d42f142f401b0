/** What can be checked without asking a running agent. */
import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { loadConfig } from '../../config/load.js';
import type { CheckView } from '../../control/views.js';
import { codeOf, systemWords } from './failure.js';
import type { Call } from './spec.js';

const NODE_MIN = [20, 19] as const;

export async function checksHere(call: Call): Promise<readonly CheckView[]> {
  const config = await loadConfig(call.paths.config, { env: call.cli.env });
  return [
    node(),
    await home(call),
    { check: 'settings', ok: config.ok, detail: config.ok ? 'in order' : config.error.message, fix: config.ok ? '' : config.error.fix },
    await agent(call),
  ];
}

function node(): CheckView {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  return { check: 'node', ok, detail: `Node ${process.versions.node}`, fix: ok ? '' : `install Node ${NODE_MIN.join('.')} or later` };
}

async function home({ paths }: Call): Promise<CheckView> {
  try {
    await access(paths.home, constants.R_OK | constants.W_OK | constants.X_OK);
    const { mode } = await stat(paths.home);
    const open = (mode & 0o077) !== 0;
    return {
      check: 'home',
      ok: !open,
      detail: open ? 'other users of this machine may look into the home folder' : paths.home,
      fix: open ? `run: chmod 700 ${paths.home}` : '',
    };
  } catch (error) {
    if (codeOf(error) !== 'ENOENT')
      return {
        check: 'home',
        ok: false,
        detail: `${paths.home}: ${systemWords(error)}`,
        fix: 'use the user it belongs to, or another --home',
      };
    const ok = await access(dirname(paths.home), constants.W_OK).then(
      () => true,
      () => false,
    );
    return {
      check: 'home',
      ok,
      detail: `${paths.home} is not there yet`,
      fix: ok ? '' : 'choose a home in a folder you may write to, with --home',
    };
  }
}

async function agent(call: Call): Promise<CheckView> {
  const ok = await call.agent.runs();
  return { check: 'agent', ok, detail: ok ? 'running' : 'not running', fix: ok ? '' : 'run: leanvibe start' };
}
