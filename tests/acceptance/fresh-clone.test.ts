/** A1: a fresh clone, anywhere, with an empty home: one command ends with the agent running on the folder it was typed in. */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { LONG } from '../help/needs.js';
import { type Program, run, start } from '../help/program.js';
import { ROOT } from '../help/root.js';
import { tempFolder } from '../help/temp.js';

const LINK = /http:\/\/127\.0\.0\.1:\d+/;
const LEFT_BEHIND = new Set(['node_modules', 'dist', '.git', '.setup.lock', 'bench-results']);

/** What `git clone` would bring, in a path with a space; packages come from the usual npm cache unless this is the long run. */
async function freshClone(): Promise<{
  readonly clone: string;
  readonly typedIn: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}> {
  const folder = await tempFolder('fresh');
  const [clone, home, typedIn] = [join(folder, 'a clone'), join(folder, 'home'), join(folder, 'their project')];
  await cp(ROOT, clone, { recursive: true, filter: (path) => !LEFT_BEHIND.has(basename(path)) });
  await mkdir(home);
  await mkdir(typedIn);
  await writeFile(join(typedIn, 'hello.ts'), 'export const hello = 1;\n');
  const settings = Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => /^(npm_|LEANVIBE_|VITEST|NODE_ENV|NODE_OPTIONS|INIT_CWD)/i.test(name))
      .map((name) => [name, undefined]),
  );
  const cache = LONG ? undefined : (process.env['npm_config_cache'] ?? join(homedir(), '.npm'));
  return {
    clone,
    typedIn,
    env: { ...settings, HOME: home, LEANVIBE_HOME: join(home, '.leanvibe'), LEANVIBE_PORT: '0', npm_config_cache: cache },
  };
}

async function ready(program: Program, limitMs: number): Promise<void> {
  await program.says(LINK, limitMs);
}

test('A1: npm start in a fresh clone, then again, runs the agent on the folder it was typed in', async () => {
  const { clone, typedIn, env } = await freshClone();
  const begin = (): Program => start('npm', ['--prefix', clone, 'start'], { cwd: typedIn, env });
  const first = begin();
  await ready(first, 280_000);
  expect(first.stdout()).toContain('their project');
  const status = await run(process.execPath, [join(clone, 'agent/bin/leanvibe.js'), 'status', '--json'], { cwd: typedIn, env });
  expect(status.code, status.stderr).toBe(0);
  expect(JSON.parse(status.stdout)).toMatchObject({ projects: [{ name: 'their project', files: 1, lines: 1 }] });
  expect((await run(process.execPath, [join(clone, 'agent/bin/leanvibe.js'), 'stop'], { cwd: typedIn, env })).code).toBe(0);
  expect((await first.ended).code).toBe(0);
  const again = begin();
  await ready(again, 10_000);
  expect(again.stderr()).not.toMatch(/installing|compiling/);
  await run(process.execPath, [join(clone, 'agent/bin/leanvibe.js'), 'stop'], { cwd: typedIn, env });
  expect((await again.ended).code).toBe(0);
}, 330_000);
