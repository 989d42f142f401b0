/** A local network made of Linux network namespaces: each host has its own address, loopback and nothing else; links can be cut and healed. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const exec = promisify(execFile);

export interface LanHost {
  /** The namespace's name, for `start(…, { netns })`. */
  readonly netns: string;
  readonly address: string;
  /** From now on only hosts that are not isolated reach this one: isolated ones do not reach each other. */
  isolate(): Promise<void>;
  /** Takes this host's cable out. */
  cut(): Promise<void>;
  /** Lets every packet vanish while the cable shows as in. */
  swallow(): Promise<void>;
  /** Puts the cable back, or lets packets through again. */
  heal(): Promise<void>;
}

let made = 0;

/**
 * Hosts 10.77.<n>.1, .2, … on one switch, in namespaces of their own; nothing of this machine's network is reachable from them.
 * Needs root and iproute2. Everything is removed when the running test ends (call it inside a test or hook with a finish).
 */
export async function makeLan(hostCount: number): Promise<readonly LanHost[]> {
  made += 1;
  const tag = `lv${process.pid.toString(36)}${made.toString(36)}`;
  const net = 1 + ((process.pid + made) % 250);
  const hub = `${tag}-hub`;
  const names = [hub, ...Array.from({ length: hostCount }, (_, index) => `${tag}-${index + 1}`)];
  onTestFinished(() => removeAll(names));
  for (const name of names) await ip('netns', 'add', name);
  await ip('-n', hub, 'link', 'add', 'br0', 'type', 'bridge', 'mcast_snooping', '0');
  await ip('-n', hub, 'link', 'set', 'br0', 'up');
  return Promise.all(names.slice(1).map((name, index) => plug(hub, name, index + 1, `10.77.${net}.${index + 1}`)));
}

async function plug(hub: string, name: string, port: number, address: string): Promise<LanHost> {
  const cable = `port${port}`;
  await ip('-n', hub, 'link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
  await ip('-n', hub, 'link', 'set', cable, 'master', 'br0', 'up');
  await ip('-n', name, 'link', 'set', 'lo', 'up');
  await ip('-n', name, 'addr', 'add', `${address}/24`, 'dev', 'eth0', 'broadcast', '+');
  await ip('-n', name, 'link', 'set', 'eth0', 'up', 'multicast', 'on');
  // Multicast needs a route of its own where there is no default one.
  await ip('-n', name, 'route', 'add', '224.0.0.0/4', 'dev', 'eth0');
  return {
    netns: name,
    address,
    isolate: () => ip('-n', hub, 'link', 'set', 'dev', cable, 'type', 'bridge_slave', 'isolated', 'on'),
    cut: () => ip('-n', hub, 'link', 'set', cable, 'down'),
    swallow: () => ip('-n', hub, 'link', 'set', cable, 'nomaster'),
    heal: () => ip('-n', hub, 'link', 'set', cable, 'master', 'br0', 'up'),
  };
}

async function removeAll(names: readonly string[]): Promise<void> {
  for (const name of names.toReversed()) await ip('netns', 'delete', name);
}

async function ip(...args: readonly string[]): Promise<void> {
  await exec('ip', [...args]);
}
