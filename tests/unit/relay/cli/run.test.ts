/** The command line as a person meets it: help, wrong use, failures in two lines, and exit codes. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Ended, run } from '../../../help/program.js';
import { ROOT } from '../../../help/root.js';
import { tempFolder } from '../../../help/temp.js';

const BIN = join(ROOT, 'relay/bin/leanvibe-relay.js');

async function relay(args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return run(process.execPath, [BIN, ...args], { cwd, env });
}

test('help and version are answers; nothing at all is help', async () => {
  const cwd = await tempFolder('cli');
  const [bare, help, version] = [await relay([], cwd), await relay(['--help'], cwd), await relay(['--version'], cwd)];
  expect([bare.code, help.code, version.code]).toEqual([0, 0, 0]);
  for (const word of ['migrate', 'backup', 'restore', 'probe', 'slo', 'status-page']) expect(help.stdout).toContain(word);
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(bare.stdout).toBe(help.stdout);
  expect(await readdir(cwd)).toEqual([]);
});

test('wrong use answers 2, says what is wrong, and never shows a stack', async () => {
  const cwd = await tempFolder('cli');
  for (const [args, words] of [
    [['bakcup', 'x'], /unknown command 'bakcup'/],
    [['backup'], /missing required argument 'file'/],
    [['probe', 'ftp://x'], /is no address of a relay/],
    [['probe', '--require', '101'], /--require must be a whole number from 0 to 100/],
    [['migrate', '--nope'], /unknown option '--nope'/],
  ] as const) {
    const ended = await relay(args, cwd);
    expect([ended.code, ended.stdout], args.join(' ')).toEqual([2, '']);
    expect(ended.stderr).toMatch(words);
    expect(ended.stderr).not.toMatch(/\n\s+at /);
  }
});

test('settings that are wrong are said together', async () => {
  const ended = await relay(['migrate'], await tempFolder('cli'), { RELAY_PORT: 'x', REDIS_URL: 'y' });
  expect(ended.code).toBe(2);
  expect(ended.stderr).toMatch(/2 settings are wrong\n.*RELAY_PORT.*\n.*REDIS_URL/);
});

test('migrate, backup, restore: a database is made, kept and brought back elsewhere', async () => {
  const cwd = await tempFolder('cli');
  const made = await relay(['migrate', '--data', 'one', '--json'], cwd);
  expect((JSON.parse(made.stdout) as { readonly ran: readonly string[] }).ran.length).toBeGreaterThan(0);
  expect((await relay(['backup', 'kept', '--data', 'one'], cwd)).stdout).toMatch(/✓ \d+ rows in .*kept[^]*keep RELAY_SECRET too/);
  const restored = await relay(['restore', 'kept', '--data', 'two', '--json'], cwd);
  expect(JSON.parse(restored.stdout)).toMatchObject({ storeId: expect.stringMatching(/^[0-9a-f]{32}$/) as string, aside: null });
  expect(restored.stderr).toMatch(/bring the old secret before the first start \(RELAY_SECRET, or leanvibe-relay\.secret/);
  await writeFile(join(cwd, 'one', 'leanvibe-relay.secret'), 'drawn');
  expect((await relay(['backup', 'again', '--data', 'one'], cwd)).stdout).toMatch(/keep .*one\/leanvibe-relay\.secret too/);
  const missing = await relay(['backup', 'other', '--data', 'three'], cwd);
  expect([missing.code, missing.stderr]).toEqual([1, expect.stringMatching(/there is no database at .*three/) as string]);
});

test('where a file has the shares of flags, they are shown from it and not said to be set elsewhere', async () => {
  const cwd = await tempFolder('cli');
  await relay(['migrate'], cwd);
  await writeFile(join(cwd, 'flags.json'), '{"metrics-intake": 25}');
  const env = { RELAY_FLAGS_FILE: 'flags.json' };
  const set = await relay(['admin', 'flags', 'set', 'metrics-intake', '0'], cwd, env);
  expect([set.code, set.stdout]).toEqual([1, '']);
  expect(set.stderr).toMatch(
    /shares are read from .*flags\.json while RELAY_FLAGS_FILE names it\n.*change it there: \{"metrics-intake": 0\}/,
  );
  const listed = await relay(['admin', 'flags', 'list', '--json'], cwd, env);
  expect(JSON.parse(listed.stdout)).toContainEqual({ flag: 'metrics-intake', share: 2_500, changedMs: null });
  expect((await relay(['admin', 'flags', 'set', 'metrics-intake', '0'], cwd)).stdout).toMatch(/on for 0 %/);
});

test('probe and status-page of a relay that is not there', async () => {
  const cwd = await tempFolder('cli');
  const probed = await relay(['probe', 'http://127.0.0.1:59997', '--json'], cwd);
  expect([probed.code, JSON.parse(probed.stdout)]).toEqual([1, expect.objectContaining({ ok: false, passedPercent: 0 })]);
  const page = await relay(['status-page', 'http://127.0.0.1:59997', '--out', 'status.html'], cwd);
  expect([page.code, page.stdout]).toEqual([0, expect.stringMatching(/status\.html: down/) as string]);
});
