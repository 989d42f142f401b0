/** Running git on a repository that may be hostile: no shell, a cleaned environment, and nothing the repository's own configuration names may start. */
import { spawn } from 'node:child_process';
import { GIT_OUTPUT_BYTES_MAX, GIT_SHORT_MS } from '../limits.js';

/** Settings of the caller's that say where its own configuration is; every other GIT_ variable belongs to some other git command's run. */
const KEPT: ReadonlySet<string> = new Set([
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_SYSTEM',
  'GIT_CONFIG_NOSYSTEM',
  'GIT_EXEC_PATH',
  'GIT_CEILING_DIRECTORIES',
  'GIT_DISCOVERY_ACROSS_FILESYSTEM',
]);

const SAFE_FLAGS: readonly string[] = [
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', '/dev/null'],
  ['core.sshCommand', 'false'],
  ['core.askPass', ''],
  ['core.pager', 'cat'],
  ['core.alternateRefsCommand', ''],
  ['core.preloadIndex', 'true'],
  ['credential.helper', ''],
  ['diff.external', ''],
  ['protocol.allow', 'never'],
  ['submodule.recurse', 'false'],
].flatMap(([key, value]) => ['-c', `${key}=${value}`]);

export interface GitSetting {
  readonly key: string;
  readonly value: string;
}

export interface GitAnswer {
  /** Null when it was stopped by a signal or never started. */
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** Why there is no usable answer though git was not at fault. */
  readonly trouble: 'none' | 'no-git' | 'too-long' | 'too-much' | 'cancelled';
}

export interface GitCall {
  /** Absolute. */
  readonly folder: string;
  readonly args: readonly string[];
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
  /** Settings that outrank the repository's; keys may hold any character. */
  readonly settings?: readonly GitSetting[];
}

export function gitEnvironment(from: NodeJS.ProcessEnv, settings: readonly GitSetting[]): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(from)) if (!name.toUpperCase().startsWith('GIT_') || KEPT.has(name)) env[name] = value;
  Object.assign(env, {
    LC_ALL: 'C',
    LANGUAGE: 'C',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    // A partial clone would fetch what is missing, by a command the repository names.
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_CONFIG_COUNT: String(settings.length),
  });
  settings.forEach(({ key, value }, index) =>
    Object.assign(env, { [`GIT_CONFIG_KEY_${index}`]: key, [`GIT_CONFIG_VALUE_${index}`]: value }),
  );
  return env;
}

/** Never rejects; killed when the signal fires or its time is over. */
export function runGit({ folder, args, signal, timeoutMs = GIT_SHORT_MS, settings = [] }: GitCall): Promise<GitAnswer> {
  return new Promise((settle) => {
    // Started from `/`: a relative PATH entry must not find a program inside the repository.
    const child = spawn('git', ['--no-pager', ...SAFE_FLAGS, '-C', folder, ...args], {
      cwd: '/',
      env: gitEnvironment(process.env, settings),
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    let stderr = '';
    let trouble: GitAnswer['trouble'] = 'none';
    const stop = (why: GitAnswer['trouble']): void => {
      if (trouble === 'none') trouble = why;
      child.kill('SIGKILL');
    };
    const onAbort = (): void => stop('cancelled');
    const timer = setTimeout(() => stop('too-long'), timeoutMs);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    const end = (code: number | null): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      settle({ code, stdout: Buffer.concat(chunks), stderr, trouble });
    };
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > GIT_OUTPUT_BYTES_MAX) stop('too-much');
      else chunks.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (stderr.length < 4_000) stderr += chunk.toString('utf8');
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') trouble = 'no-git';
      end(null);
    });
    child.on('close', end);
  });
}
