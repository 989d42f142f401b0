/** Installs Debian packages where we are root on Debian; elsewhere it answers false and changes nothing. */
import { existsSync } from 'node:fs';
import { run } from './run.mjs';
import { say } from './say.mjs';

let updated = false;

export function canInstall() {
  return process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

/** True when apt-get installed them all. */
export async function installPackages(names) {
  if (!canInstall()) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  say('•', `installing ${names.join(' ')}`);
  if (!updated) updated = (await run('apt', 'apt-get', ['update', '-q'], { env, timeoutMs: 300_000 })).ok;
  const result = await run('apt', 'apt-get', ['install', '-y', '-q', '--no-install-recommends', ...names], { env, timeoutMs: 600_000 });
  if (!result.ok) {
    say('!', `apt-get could not install ${names.join(' ')}: ${result.lines.at(-1) ?? 'no reason given'}`);
    say('!', `full log: ${result.log}`);
  }
  return result.ok;
}
