/** The checks that are not vitest suites: types, lint, format. Each counts as one test. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { withSetupLock } from '../../agent/setup/lock.mjs';

/** `[{ name, run(): Promise<{ name, ok, output, seconds }> }]` */
export function lintJobs(root) {
  // No cache: what a rule says of one file depends on the types of others.
  const eslint = [join(root, 'node_modules/eslint/bin/eslint.js'), '.', '--max-warnings=0'];
  const biome = [join(root, 'node_modules/@biomejs/biome/bin/biome'), 'format', '--colors=off', '--reporter=summary', '.'];
  return [check('lint', eslint, root), check('format', biome, root)];
}

export function typesJob(root) {
  return check('types', [join(root, 'node_modules/typescript/bin/tsc'), '-b', '--pretty', 'false'], root);
}

/** What the command runs, and with it every test that starts a program; not beside another setup of this clone. */
export function bundleJob(root) {
  const { name, run } = check('bundle', [join(root, 'agent/setup/bundle.mjs')], root);
  return { name, run: () => withSetupLock(root, run) };
}

function check(name, args, cwd) {
  return {
    name,
    run: () =>
      new Promise((resolve) => {
        const started = performance.now();
        const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
        let output = '';
        for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
        child.once('error', (error) => (output += error.message));
        child.once('close', (code) => resolve({ name, ok: code === 0, output, seconds: (performance.now() - started) / 1000 }));
      }),
  };
}
