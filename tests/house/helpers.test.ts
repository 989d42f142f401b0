/** Shows that the helpers tests stand on do what they say: programs are heard and ended, LAN hosts see each other and nothing else. */
import { describe, expect, test } from 'vitest';
import { makeLan } from '../help/lan.js';
import { leftOut } from '../help/needs.js';
import { run, start } from '../help/program.js';
import { until } from '../help/wait.js';

describe('programs', () => {
  test('what a program says, its end and its signals come back', async () => {
    const echo = await run(process.execPath, ['-e', "process.stdin.on('data', (d) => console.log(String(d)));"], { input: 'hello' });
    expect([echo.code, echo.stdout.trim()]).toEqual([0, 'hello']);
    const waiting = start(process.execPath, ['-e', "console.error('ready'); setInterval(() => {}, 1000)"]);
    await waiting.says('ready');
    expect((await waiting.stop('SIGKILL')).signal).toBe('SIGKILL');
    await expect(start(process.execPath, ['-e', '']).says('never')).rejects.toThrow(/ended \(0\) before/);
    expect((await run('no-such-program', [])).stderr).toMatch(/ENOENT/);
  });

  test('waiting has a limit that names what never came', async () => {
    await expect(until('the moon', () => false, 50)).rejects.toThrow(/the moon: still not so/);
  });
});

describe.skipIf(leftOut('lan'))('a LAN of namespaces', () => {
  const listen = (address: string, port: number): readonly string[] => [
    '-e',
    `require('node:net').createServer((s) => s.end('hi')).listen(${port}, '${address}', () => console.log('up'))`,
  ];
  const dial = (address: string, port: number): readonly string[] => [
    '-e',
    `const s = require('node:net').connect({ host: '${address}', port: ${port}, timeout: 700 }); s.on('data', (d) => { console.log(String(d)); process.exit(0) }).on('timeout', () => process.exit(3)).on('error', (e) => { console.log(e.code); process.exit(4) })`,
  ];

  test('hosts reach each other and nothing else; a cut cable cuts, a healed one heals', async () => {
    const [alice, bob] = await makeLan(2);
    if (alice === undefined || bob === undefined) throw new Error('two hosts were asked for');
    const server = start(process.execPath, listen('0.0.0.0', 7001), { netns: alice.netns });
    await server.says('up');
    const ask = (address: string): ReturnType<typeof run> => run(process.execPath, dial(address, 7001), { netns: bob.netns });
    expect((await ask(alice.address)).stdout.trim()).toBe('hi');
    expect((await ask('192.0.2.1')).stdout.trim()).toBe('ENETUNREACH');
    await alice.cut();
    expect((await ask(alice.address)).stdout.trim()).not.toBe('hi');
    await alice.heal();
    await until('the cable carries again', async () => (await ask(alice.address)).stdout.trim() === 'hi');
    expect((await server.stop()).signal).toBe('SIGTERM');
  });
});
