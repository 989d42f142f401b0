/** Discovery between machines: network namespaces on one switch, real multicast, an independent DNS-SD browser, a hostile neighbour. */
import { execFileSync } from 'node:child_process';
import { hostname, userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeLan, type LanHost } from '../help/lan.js';
import { leftOut } from '../help/needs.js';
import { run, start, type Program } from '../help/program.js';
import { until } from '../help/wait.js';

const PEER = fileURLToPath(new URL('discovery.peer.mjs', import.meta.url));
const FLOOD = fileURLToPath(new URL('discovery.flood.mjs', import.meta.url));
const skipped = leftOut('lan') || process.env['LEANVIBE_SKIP_NETNS'] === '1';
if (skipped) process.stderr.write('SKIPPED discovery between network namespaces: LEANVIBE_SKIP_NETNS or LEANVIBE_WITHOUT=lan is set\n');

interface Said {
  readonly event: string;
  readonly atMs: number;
  readonly instance?: string;
  readonly peer?: string;
  readonly reason?: string;
  readonly deviceId?: string;
  readonly ports?: { readonly tcp: number; readonly ws: number };
  readonly addresses?: readonly { readonly host: string; readonly port: number; readonly kind: string }[];
  readonly refusals?: Readonly<Record<string, number>>;
  readonly cpuMs?: number;
  readonly rssMiB?: number;
}

interface Peer {
  readonly program: Program;
  readonly ready: Said;
  said(event: string): readonly Said[];
}

async function peer(host: LanHost, ...flags: readonly string[]): Promise<Peer> {
  const program = start(process.execPath, [PEER, ...flags], { netns: host.netns });
  await program.says('"ready"');
  const lines = (): readonly Said[] =>
    program
      .stdout()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Said);
  const [ready] = lines().filter(({ event }) => event === 'ready');
  if (ready === undefined) throw new Error('not ready');
  return { program, ready, said: (event) => lines().filter((one) => one.event === event) };
}

/** When `who` was last told of `whom` with addresses after `sinceMs`, in milliseconds after it; waits for it. */
async function foundAfter(who: Peer, whom: Peer, sinceMs: number): Promise<number> {
  const { value } = await until('the other to be found', () =>
    who.said('found').find((one) => one.instance === whom.ready.instance && (one.addresses ?? []).length > 0 && one.atMs >= sinceMs),
  );
  return value.atMs - sinceMs;
}

function need(command: string, hint: string): void {
  try {
    execFileSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' });
  } catch {
    throw new Error(`${command} is missing: ${hint}`);
  }
}

const BROWSE = String.raw`
mount -t tmpfs tmpfs /run && mkdir -p /run/dbus /run/avahi-daemon
cat > /run/bus.conf <<'X'
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>custom</type><listen>unix:path=/run/dbus/system_bus_socket</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
X
printf '[server]\nhost-name=witness\nuse-ipv4=yes\nuse-ipv6=no\n' > /run/avahi.conf
dbus-daemon --config-file=/run/bus.conf --fork --nopidfile
avahi-daemon -f /run/avahi.conf --no-drop-root --no-chroot --no-rlimits -D
timeout 20 avahi-browse -rpt _leanvibe._tcp
timeout 20 avahi-browse -apt
`;

describe.skipIf(skipped)('discovery between machines', () => {
  beforeAll(() => {
    if (userInfo().uid !== 0) throw new Error('this test makes network namespaces, which needs root (LEANVIBE_SKIP_NETNS=1 leaves it out)');
    need('ip', 'install iproute2 (LEANVIBE_SKIP_NETNS=1 leaves this test out)');
  });

  test('A3, C39: two agents find each other within 3 s, and a stranger that dials learns only the peer id', async () => {
    const [a, b] = await makeLan(2);
    if (a === undefined || b === undefined) throw new Error('no hosts');
    const first = await peer(a);
    const second = await peer(b, '--dial');
    const sinceMs = second.ready.atMs;
    expect(await foundAfter(second, first, sinceMs)).toBeLessThanOrEqual(3_000);
    expect(await foundAfter(first, second, sinceMs)).toBeLessThanOrEqual(3_000);
    const [seen] = second.said('found');
    expect(seen?.addresses).toEqual([
      { host: a.address, port: first.ready.ports?.tcp, kind: 'tcp' },
      { host: a.address, port: first.ready.ports?.ws, kind: 'ws' },
    ]);
    await until('the dial', () => second.said('dialled').length === 1);
    expect(second.said('dialled')[0]?.peer).toBe(first.ready.deviceId);
  });

  test('A3: after the cable was out, channels are dropped at once and the other is found again within 3 s', async () => {
    const [a, b] = await makeLan(2);
    if (a === undefined || b === undefined) throw new Error('no hosts');
    const first = await peer(a);
    const second = await peer(b, '--dial');
    await until('the dial', () => second.said('dialled').length === 1);
    await b.cut();
    await until('the channel to be dropped', () => second.said('closed').length === 1, 4_000);
    expect(second.said('closed')[0]?.reason).toBe('network-gone');
    const healedAtMs = Date.now();
    await b.heal();
    expect(await foundAfter(second, first, healedAtMs)).toBeLessThanOrEqual(3_000);
    await until('the second dial', () => second.said('dialled').length === 2);
    expect((second.said('dialled')[1]?.atMs ?? Infinity) - healedAtMs).toBeLessThanOrEqual(3_000);
  });

  test('C39: whoever leaves says goodbye, and comes back under another name', async () => {
    const [a, b] = await makeLan(2);
    if (a === undefined || b === undefined) throw new Error('no hosts');
    const [first, second] = [await peer(a), await peer(b)];
    await foundAfter(first, second, 0);
    await second.program.stop('SIGTERM');
    await until(
      'the goodbye',
      () => first.said('found').some(({ instance, addresses }) => instance === second.ready.instance && addresses?.length === 0),
      2_000,
    );
    const again = await peer(b);
    expect(again.ready.instance).not.toBe(second.ready.instance);
    expect(await foundAfter(first, again, again.ready.atMs)).toBeLessThanOrEqual(3_000);
  });

  test('C39: two agents on one machine share the port, and a machine without any network finds them on loopback', async () => {
    const [a] = await makeLan(1);
    if (a === undefined) throw new Error('no host');
    const [first, second] = [await peer(a), await peer(a)];
    expect(await foundAfter(first, second, second.ready.atMs)).toBeLessThanOrEqual(3_000);
    await a.cut();
    const alone = await until(
      'loopback addresses',
      () => first.said('found').find((one) => one.addresses?.some(({ host }) => host === '127.0.0.1')),
      5_000,
    );
    expect(alone.value.instance).toBe(second.ready.instance);
  });

  test('P9: floods, bombs and forged records change nothing for honest agents', async () => {
    const [a, b, c] = await makeLan(3);
    if (a === undefined || b === undefined || c === undefined) throw new Error('no hosts');
    const first = await peer(a);
    const flood = start(process.execPath, [FLOOD, c.address, '6'], { netns: c.netns });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const second = await peer(b);
    expect(await foundAfter(second, first, second.ready.atMs)).toBeLessThanOrEqual(3_000);
    expect(await foundAfter(first, second, second.ready.atMs)).toBeLessThanOrEqual(3_000);
    const { stdout } = await flood.ended;
    process.kill(first.program.pid, 'SIGUSR2');
    const { value } = await until('the counts', () => first.said('refusals')[0]);
    process.stdout.write(
      `flood ${stdout.trim()}: refusals ${JSON.stringify(value.refusals)}, cpu ${Math.round(value.cpuMs ?? 0)} ms, rss ${Math.round(value.rssMiB ?? 0)} MiB\n`,
    );
    const refusals = value.refusals ?? {};
    expect(refusals['too-many-packets']).toBeGreaterThan(1_000);
    for (const reason of ['malformed', 'packet-too-large', 'txt-too-large']) expect(refusals[reason], reason).toBeGreaterThan(0);
    expect(value.rssMiB).toBeLessThan(200);
    const forged = new Set(first.said('found').flatMap(({ instance = '' }) => (instance.startsWith('f0') ? [instance] : [])));
    expect(forged.size).toBeLessThanOrEqual(64 + 6 * 5 + 5);
  });

  test('C39: avahi-browse sees the service, and neither names nor host names are in what is published', async () => {
    const missing = ['avahi-daemon', 'avahi-browse', 'dbus-daemon'].filter((command) => !present(command));
    if (missing.length > 0) await installWitness();
    const [a, b] = await makeLan(2);
    if (a === undefined || b === undefined) throw new Error('no hosts');
    const shown = await peer(a);
    const { stdout, stderr } = await run('unshare', ['-m', '-p', '-f', '--kill-child', '--mount-proc', 'bash', '-c', BROWSE], {
      netns: b.netns,
    });
    const resolved = stdout.split('\n').find((line) => line.startsWith('=')) ?? `nothing resolved: ${stdout}${stderr}`;
    const [, , , instance, type, domain, host, address, port, txt] = resolved.split(';');
    expect([instance, type, domain, address, port]).toEqual([
      shown.ready.instance,
      '_leanvibe._tcp',
      'local',
      a.address,
      String(shown.ready.ports?.tcp),
    ]);
    expect(host).toMatch(/^[0-9a-f]{24}\.local$/);
    expect(txt?.split(' ').sort()).toEqual([`"tcp=${shown.ready.ports?.tcp}"`, '"v=1"', `"ws=${shown.ready.ports?.ws}"`]);
    expect(stdout).not.toContain(hostname());
    expect(stdout).not.toContain(shown.ready.deviceId);
    expect(stdout.split('\n').filter((line) => line.startsWith('+') && line.includes(`;${instance};`)).length).toBeGreaterThanOrEqual(2);
  }, 400_000);
});

function present(command: string): boolean {
  try {
    need(command, '');
    return true;
  } catch {
    return false;
  }
}

async function installWitness(): Promise<void> {
  const packages = ['avahi-daemon', 'avahi-utils', 'dbus'];
  const script = `apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends ${packages.join(' ')}`;
  const { code, stderr } = await run('sh', ['-c', script], { limitMs: 300_000 });
  if (code !== 0) throw new Error(`the independent browser cannot be installed (${packages.join(', ')}): ${stderr.slice(-300)}`);
}
