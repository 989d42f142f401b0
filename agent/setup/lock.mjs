/** One setup at a time per clone: a second one waits for the first instead of installing over it. */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './say.mjs';

export async function withSetupLock(root, work) {
  const path = join(root, '.setup.lock');
  for (let waited = 0; !take(path); waited++) {
    if (waited === 4) say('•', 'waiting for another LeanVibe setup of this folder to finish');
    await sleep(250);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') return true; // a folder that cannot be written needs no guard
    if (!isStale(path)) return false;
    rmSync(path, { force: true });
    return take(path);
  }
}

function isStale(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    if (!Number.isInteger(pid) || pid <= 0) return Date.now() - statSync(path).mtimeMs > 5_000;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH' || error.code === 'ENOENT';
  }
}
