/** A project folder that holds the agent's own home: reading the store's files there would drop the locks on them. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run, start } from '../help/program.js';
import { ROOT } from '../help/root.js';
import { tempFolder } from '../help/temp.js';

const BIN = join(ROOT, 'agent/bin/leanvibe.js');

test('A8: a folder that holds the home can be added: the home is no part of it, and stays locked', async () => {
  const above = await tempFolder('above');
  const [home, inner] = [join(above, 'home'), join(above, 'inner')];
  await mkdir(inner);
  await writeFile(join(inner, 'a.ts'), 'export const a = 1;\n');
  const env = {
    LEANVIBE_HOME: home,
    LEANVIBE_PORT: '0',
    LEANVIBE_SECRETS: 'file',
    LEANVIBE_LISTEN: '127.0.0.1',
    LEANVIBE_DISCOVERY: 'off',
  };
  const here = { cwd: inner, env, limitMs: 25_000 };
  await start(process.execPath, [BIN, 'start'], { cwd: inner, env }).says('Ctrl-C stops it');
  const added = await run(process.execPath, [BIN, 'add', above, '--json'], here);
  expect(JSON.parse(added.stdout)).toMatchObject({ files: 1, lines: 1 });
  const second = await run(process.execPath, [BIN, 'start'], here);
  expect(second.stderr).toMatch(/already runs on this home/);
  expect(second.code).toBe(1);
}, 60_000);
