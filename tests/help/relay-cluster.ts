/** Several copies of the relay as processes of their own behind one address, over a real PostgreSQL and a real Redis. */
import { createServer, connect, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Ended, type Program, start } from './program.js';
import { ROOT } from './root.js';
import { tempFolder } from './temp.js';

const RELAY = join(ROOT, 'relay/bin/leanvibe-relay.js');
const SECRET = 'a secret of the cluster of these tests, long enough';

export interface RelayProcess {
  readonly port: number;
  readonly program: Program;
}

/** Any free port, or the one in `env`; killed when the running test ends. */
export async function runRelay(env: Readonly<Record<string, string>>, netns?: string): Promise<RelayProcess> {
  const program = start(process.execPath, [RELAY, 'serve'], {
    cwd: await tempFolder('relay'),
    ...(netns === undefined ? {} : { netns }),
    env: { RELAY_HOST: '127.0.0.1', RELAY_PORT: '0', RELAY_PROXIES: '1', ...env },
  });
  await program.says(/"port":\d+/, 60_000);
  // What it prints is how clients reach it, which may be another program's address.
  return { port: Number(/"port":(\d+)/.exec(program.stderr())?.[1]), program };
}

/** One address before several: each connection goes to the next copy that takes it. */
export interface Balancer {
  readonly origin: string;
  to(ports: readonly number[]): void;
}

export async function balance(): Promise<Balancer> {
  let ports: readonly number[] = [];
  let next = 0;
  const open = new Set<Socket>();
  const hand = (client: Socket, left: number): void => {
    const port = ports[next++ % Math.max(1, ports.length)];
    if (port === undefined || left === 0) return void client.destroy();
    const copy = connect({ port, host: '127.0.0.1' });
    copy.once('error', () => hand(client, left - 1));
    copy.once('connect', () => {
      copy.removeAllListeners('error');
      for (const [one, other] of [
        [client, copy],
        [copy, client],
      ] as const) {
        one.on('error', () => other.destroy());
        one.on('close', () => other.destroy());
        one.pipe(other);
      }
    });
  };
  const server = createServer((client) => {
    open.add(client);
    client.on('error', () => client.destroy());
    client.once('close', () => open.delete(client));
    hand(client, ports.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, to: (given) => void (ports = given) };
}

export interface Cluster {
  readonly origin: string;
  /** Kills one at once, and leaves its place empty. */
  kill(at: number): Promise<void>;
  /** Ends one in order; answers how it ended and how long that took. */
  end(at: number): Promise<Ended & { readonly endedMs: number }>;
  /** Fills an empty place. */
  fill(at: number): Promise<void>;
}

export async function runCluster(copies: number, databaseUrl: string, redisSocket: string): Promise<Cluster> {
  const balancer = await balance();
  const env = {
    RELAY_ORIGIN: balancer.origin,
    RELAY_SECRET: SECRET,
    DATABASE_URL: databaseUrl,
    REDIS_URL: `redis://localhost/?path=${encodeURIComponent(redisSocket)}`,
  };
  // The first makes the tables.
  const places: (RelayProcess | null)[] = [await runRelay(env)];
  places.push(...(await Promise.all(Array.from({ length: copies - 1 }, () => runRelay(env)))));
  const tell = (): void => balancer.to(places.flatMap((one) => (one === null ? [] : [one.port])));
  tell();
  const leave = async (at: number, signal: NodeJS.Signals): Promise<Ended> => {
    const one = places[at];
    if (one === null || one === undefined) throw new Error(`no copy runs at ${at}`);
    places[at] = null;
    const ended = one.program.stop(signal);
    tell();
    return await ended;
  };
  return {
    origin: balancer.origin,
    kill: async (at) => void (await leave(at, 'SIGKILL')),
    async end(at) {
      const began = performance.now();
      return { ...(await leave(at, 'SIGTERM')), endedMs: performance.now() - began };
    },
    async fill(at) {
      places[at] = await runRelay(env);
      tell();
    },
  };
}
