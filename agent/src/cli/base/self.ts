/** What to type to run this very program, so that every hint works as typed: `leanvibe` where the PATH leads here, else the full path. */
import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Env } from './cli.js';

/** `program`: the real path of bin/leanvibe.js. */
export function nameOfSelf(program: string, env: Env): string {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    // npm puts its packages' programs on the PATH of what it starts, and of nothing a person types later.
    if (folder === '' || /[\\/]node_modules[\\/]\.bin$/.test(folder)) continue;
    const found = runnable(join(folder, 'leanvibe'));
    // The first one found is the one a shell would run.
    if (found !== null) return found === program ? 'leanvibe' : pathTo(program);
  }
  return pathTo(program);
}

function runnable(path: string): string | null {
  try {
    accessSync(path, constants.X_OK);
    return realpathSync(path);
  } catch {
    return null;
  }
}

function pathTo(program: string): string {
  return runnable(program) === null ? `node ${quoted(program)}` : quoted(program);
}

/** As a POSIX shell reads it back. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Hints are written with `leanvibe`; here that becomes what works as typed. */
export function withSelf(text: string, self: string): string {
  return self === 'leanvibe' ? text : text.replace(/(^|[\s(:])leanvibe(?=\s+[a-z-]|$)/g, (_all, before: string) => `${before}${self}`);
}
