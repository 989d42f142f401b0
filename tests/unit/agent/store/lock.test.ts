/** One agent per home: the lock says who holds it and dies with its process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lockHome } from '@leanvibe/agent/internal/store/lock';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../help/store-things.js';

const folder = temporaryFolder('lock');
afterAll(() => folder.remove());

const PROGRAM = `
import { lockHome } from '@leanvibe/agent/internal/store/lock';
const lock = lockHome(process.argv[1]);
if (lock.ok) lock.value.describe(4321);
process.stdout.write(lock.ok ? 'held' : lock.error.code);
setInterval(() => undefined, 1000);
`;

describe('A8 the lock of a home', () => {
  it('is refused to a second holder in the same process, and free after release', () => {
    const first = lockHome(`${folder.path}/a`);
    const second = lockHome(`${folder.path}/a`);
    expect(second).toMatchObject({ ok: false, error: { code: 'held', holder: { pid: process.pid, port: null } } });
    if (!first.ok) throw new Error(first.error.message);
    first.value.release();
    const third = lockHome(`${folder.path}/a`);
    expect(third.ok).toBe(true);
    if (third.ok) third.value.release();
  });

  it('names the other process and its port, and is free as soon as that is killed', async () => {
    const home = `${folder.path}/b`;
    const other = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, home], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: import.meta.dirname,
    });
    const [said] = (await once(other.stdout, 'data')) as [Buffer];
    expect(said.toString()).toBe('held');
    const refused = lockHome(home);
    expect(refused).toMatchObject({ ok: false, error: { code: 'held', holder: { pid: other.pid, port: 4321 } } });
    if (!refused.ok) expect(refused.error.message).toContain(`pid ${other.pid}, port 4321`);
    const gone = once(other, 'exit');
    other.kill('SIGKILL');
    await gone;
    const lock = lockHome(home);
    expect(lock.ok).toBe(true);
    if (lock.ok) lock.value.release();
  });

  it('of a home that is not a folder says so', () => {
    expect(lockHome('/dev/null/home')).toMatchObject({ ok: false, error: { code: 'not-a-file' } });
  });
});
