/** Runs a program quietly: its output goes to a log file, and the telling lines come back when it fails. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder = null;

/** A log file of this run; the folder is made when the first one is needed. */
export function logFile(name) {
  folder ??= mkdtempSync(join(tmpdir(), 'leanvibe-setup-'));
  return join(folder, `${name}.log`);
}

/** Runs to the end. Answers `{ ok, log, lines }`: `lines` are the last ones that carry information. */
export function run(name, command, args, { cwd, env = process.env, timeoutMs = 0 } = {}) {
  const log = logFile(name);
  const out = openSync(log, 'a');
  writeSync(out, `$ ${[command, ...args].join(' ')}\n`);
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', out, out] });
    const timer = timeoutMs > 0 ? setTimeout(() => child.kill('SIGKILL'), timeoutMs) : null;
    const stop = () => child.kill('SIGTERM');
    process.once('SIGINT', stop).once('SIGTERM', stop);
    const end = (ok, note) => {
      if (timer) clearTimeout(timer);
      process.off('SIGINT', stop).off('SIGTERM', stop);
      if (note) writeSync(out, `${note}\n`);
      closeSync(out);
      resolve({ ok, log, lines: lastLines(log) });
    };
    child.once('error', (error) => end(false, error.message));
    child.once('close', (code, signal) => end(code === 0, code === 0 ? '' : `ended with ${signal ?? code}`));
  });
}

const noise =
  /^\s*$|^npm (notice|verbose|timing)|A complete log of this run|Log files were not written|You can rerun|This is related to npm|^npm error( enoent| errno.*)?\s*$|^gyp (info|verb)|^gyp ERR! (command|cwd|node|System|not ok|stack\s+at|\$)|^\$ |^\s+at |^ended with/;

function lastLines(log, count = 8) {
  const lines = readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => !noise.test(line));
  return lines.slice(-count).map((line) => (line.length > 160 ? `${line.slice(0, 157)}...` : line));
}

/** The trimmed first output of a quick probe, or null when the program is missing or fails. */
export function probe(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8', timeout: 15_000, stdio: ['ignore', 'pipe', 'ignore'] });
  return result.status === 0 ? result.stdout.trim() : null;
}
