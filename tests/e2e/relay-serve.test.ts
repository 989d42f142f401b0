/** `leanvibe-relay serve` as a real program: started in an empty folder, told to end, looked at from outside, and started where it cannot. */
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, request, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { createRelayApi } from '@leanvibe/agent/internal/relay/api';
import Sqlite from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { leftOut } from '../help/needs.js';
import { postgresOfFile } from '../help/postgres.js';
import { type Ended, type Program, run, start } from '../help/program.js';
import { ROOT } from '../help/root.js';
import { tempFolder } from '../help/temp.js';
import { until } from '../help/wait.js';

const BIN = join(ROOT, 'relay/bin/leanvibe-relay.js');
const PASSWORD = 'seven wet otters by the weir';
const STRONG = 'kT9vQ2xW7nB4mZ8rL5pY1cH6jD3fG0sA+uE/iO';

interface Up {
  readonly origin: string;
  readonly port: number;
  readonly program: Program;
}

type Env = Readonly<Record<string, string>>;

async function up(cwd: string, args: readonly string[] = ['--port', '0'], env: Env = {}): Promise<Up> {
  const program = start(process.execPath, [BIN, 'serve', ...args], { cwd, env });
  await program.says('sign in from a device');
  const origin = /serves at (http\S+)/.exec(program.stdout())?.[1] ?? '';
  return { origin, port: Number(new URL(origin).port), program };
}

const relay = (args: readonly string[], cwd: string, env: Env = {}): Promise<Ended> => run(process.execPath, [BIN, ...args], { cwd, env });

/** One clear answer: what and why on the first line, the next thing to try on the last, and no stack. */
function told(ended: Ended, code: number, words: RegExp): void {
  expect([ended.code, ended.stderr]).toEqual([code, expect.stringMatching(words)]);
  expect(ended.stderr).toMatch(/✗ .*/);
  expect(ended.stdout + ended.stderr).not.toMatch(/\n\s+at |Error:|unsettled/);
}

describe('serve', () => {
  test('in an empty folder, with nothing said, it works, and what it prints is true', async () => {
    const cwd = await tempFolder('serve');
    const { origin, program } = await up(cwd);
    expect(program.stdout()).toContain(`data: ${cwd}`);
    expect(program.stdout()).toContain(`leanvibe relay login ${origin} --register`);
    const api = createRelayApi(origin);
    expect(await api.register('ana@example.org', PASSWORD, null)).toEqual({ ok: true, value: null });
    const signed = await api.signIn({ email: 'ana@example.org', password: PASSWORD, code: null }, 'mac');
    expect(signed.ok).toBe(true);
    const probed = await relay(['probe', origin], cwd);
    expect([probed.code, probed.stderr]).toEqual([0, '']);
    const ended = await program.stop();
    expect([ended.code, ended.stdout.includes('✓ stopped')]).toEqual([0, true]);
    const again = await up(cwd);
    const back = await createRelayApi(again.origin).signIn({ email: 'ana@example.org', password: PASSWORD, code: null }, 'mac');
    expect(back.ok).toBe(true);
  }, 60_000);

  test('on every address it prints one that people can reach, and what to set', async () => {
    const cwd = await tempFolder('serve');
    const { origin, program } = await up(cwd, ['--port', '0', '--host', '0.0.0.0']);
    expect(origin).not.toContain('0.0.0.0');
    expect((await fetch(`${origin}/health/live`)).status).toBe(200);
    expect(program.stdout()).toContain('set --origin');
  });

  test('letters are posted to the webhook that was named, signed, and the key is shown nowhere', async () => {
    const cwd = await tempFolder('serve');
    const posted: { readonly body: string; readonly signature: unknown }[] = [];
    const mail = createServer((asked, answer) => {
      let body = '';
      asked.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      asked.on('end', () => {
        posted.push({ body, signature: asked.headers['x-leanvibe-signature'] });
        answer.end();
      });
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void mail.close());
    await until('the webhook listens', () => mail.listening);
    const env = {
      RELAY_MAIL_URL: `http://127.0.0.1:${(mail.address() as AddressInfo).port}/in`,
      RELAY_MAIL_KEY: STRONG,
      RELAY_CONFIRM: 'mail',
    };
    const { origin, program } = await up(cwd, ['--port', '0'], env);
    await createRelayApi(origin).register('ana@example.org', PASSWORD, null);
    await until('the letter', () => posted.length > 0);
    expect(JSON.parse(posted[0]?.body ?? '')).toMatchObject({ kind: 'confirm', to: 'ana@example.org' });
    expect(posted[0]?.signature).toMatch(/^sha256=[0-9a-f]{64}$/);
    const printed = await relay(['serve', '--print-config'], cwd, env);
    for (const said of [printed.stdout, program.stdout() + program.stderr()]) expect(said).not.toContain(STRONG);
  });

  test('told to end once, an upload under way finishes and sockets are told to come back; told twice, it ends at once', async () => {
    const cwd = await tempFolder('serve');
    const { origin, port, program } = await up(cwd);
    const closes: number[] = [];
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/sync`);
    socket.on('close', (code) => closes.push(code));
    await until('the socket is open', () => socket.readyState === socket.OPEN);
    const body = JSON.stringify({ email: 'late@example.org', password: PASSWORD });
    const head = ['POST /api/v1/auth/register HTTP/1.1', 'Host: relay', 'Content-Type: application/json', `Content-Length: ${body.length}`];
    const upload = connect(port, '127.0.0.1');
    let answered = '';
    upload.setEncoding('utf8').on('data', (chunk: string) => (answered += chunk));
    upload.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 10)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    process.kill(program.pid, 'SIGTERM');
    await until('the socket is told to go', () => closes.length > 0);
    expect(closes).toEqual([1001]);
    upload.write(body.slice(10));
    expect((await program.ended).code).toBe(0);
    expect(answered).toMatch(/^HTTP\/1\.1 202 /);

    const second = await up(cwd);
    const held = connect(second.port, '127.0.0.1');
    held.on('error', () => undefined);
    held.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 10)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    process.kill(second.program.pid, 'SIGTERM');
    await second.program.says('draining');
    expect((await second.program.stop()).code).toBe(1);
  }, 60_000);
});

describe('serve where it cannot', () => {
  test('a busy port, a second relay on one file, a folder that takes nothing, a newer schema: one clear answer each', async () => {
    const cwd = await tempFolder('serve');
    const { port, program } = await up(cwd);
    told(await relay(['serve', '--port', String(port)], await tempFolder('other')), 1, /port \d+ on 127\.0\.0\.1 is in use/);
    told(await relay(['serve', '--port', '0'], cwd), 1, /another relay serves from/);
    told(await relay(['serve', '--data', '/sys'], cwd), 1, /nothing can be written in \/sys/);
    await program.stop();
    const db = new Sqlite(join(cwd, 'leanvibe-relay.db'));
    db.exec("insert into migration values ('9999-from-the-future', 0)");
    db.close();
    told(await relay(['serve', '--port', '0'], cwd), 1, /newer/);
  }, 60_000);

  test('a PostgreSQL that is not there is said, with what to check', async () => {
    const ended = await relay(['serve', '--port', '0'], await tempFolder('serve'), { DATABASE_URL: 'postgres://u@127.0.0.1:9/x' });
    told(ended, 1, /PostgreSQL|database/);
    expect(ended.stderr).toContain('DATABASE_URL');
  }, 30_000);

  test('wrong settings are told all at once, production refuses what is unsafe, and --print-config starts nothing', async () => {
    const cwd = await tempFolder('serve');
    const env = { RELAY_ENV: 'production', RELAY_PORT: 'x', RELAY_SECRET: 'short', RELAY_ORIGIN: 'http://relay.acme.org' };
    const ended = await relay(['serve'], cwd, env);
    told(ended, 2, /5 settings are wrong|4 settings are wrong/);
    for (const word of ['RELAY_PORT', 'RELAY_SECRET', 'RELAY_ORIGIN', 'RELAY_REGISTRATION']) expect(ended.stderr).toContain(word);
    const mail = { RELAY_MAIL_URL: 'http://mail.acme.org/in' };
    told(await relay(['serve'], cwd, mail), 2, /RELAY_MAIL_KEY belong together/);
    const printed = await relay(['serve', '--print-config'], cwd, { RELAY_SECRET: STRONG });
    expect([printed.code, printed.stdout.includes('RELAY_CONFIRM'), printed.stdout.includes(STRONG)]).toEqual([0, true, false]);
    await expect(readFile(join(cwd, 'leanvibe-relay.db'))).rejects.toThrow('ENOENT');
    await writeFile(join(cwd, 'leanvibe-relay.json'), '{"prot": 1}');
    told(await relay(['serve'], cwd), 2, /prot/);
  }, 30_000);
});

interface Faults {
  readonly blocksSockets?: boolean;
  readonly strips?: string;
}

/** A proxy as somebody may have set it up wrongly. */
async function proxy(origin: string, { blocksSockets = false, strips = '' }: Faults): Promise<string> {
  const server = createServer((asked, answer) => {
    const onward = request(`${origin}${asked.url ?? '/'}`, { method: asked.method, headers: asked.headers }, (came: IncomingMessage) => {
      const { [strips]: _gone, ...headers } = came.headers;
      answer.writeHead(came.statusCode ?? 502, headers);
      came.pipe(answer);
    });
    onward.on('error', () => answer.writeHead(502).end());
    asked.pipe(onward);
  });
  server.on('upgrade', (asked, socket) => {
    if (blocksSockets) return void socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    const onward = connect(Number(new URL(origin).port), '127.0.0.1');
    for (const one of [socket, onward]) one.on('error', () => one.destroy());
    const head = asked.rawHeaders.flatMap((word, at) => (at % 2 === 0 ? [`${word}: ${asked.rawHeaders[at + 1] ?? ''}`] : []));
    onward.write(`${[`GET ${asked.url ?? '/'} HTTP/1.1`, ...head].join('\r\n')}\r\n\r\n`);
    onward.pipe(socket);
    socket.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await until('the proxy listens', () => server.listening);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const LENIENT = ['--latency', '5000'];

describe('probe', () => {
  test('a proxy that stops WebSockets, and one that takes a header away, are told from one that is right', async () => {
    const cwd = await tempFolder('probe');
    const { origin } = await up(cwd);
    const right = await relay(['probe', await proxy(origin, {}), ...LENIENT], cwd);
    expect([right.code, right.stderr]).toEqual([0, '']);
    told(await relay(['probe', await proxy(origin, { blocksSockets: true }), ...LENIENT], cwd), 1, /websocket: WebSockets are blocked/);
    const stripped = await proxy(origin, { strips: 'content-security-policy' });
    const all = await relay(['probe', stripped, '--require', '100', ...LENIENT], cwd);
    told(all, 1, /header:content-security-policy: missing/);
  }, 60_000);

  const server = postgresOfFile();
  test.skipIf(leftOut('postgres'))(
    'the database going down is what the probe says, and its coming back too',
    async () => {
      const cwd = await tempFolder('probe');
      const postgres = await server();
      const { origin } = await up(cwd, ['--port', '0'], { DATABASE_URL: await postgres.database() });
      expect((await relay(['probe', origin, ...LENIENT], cwd)).code).toBe(0);
      await postgres.stop('fast');
      told(await relay(['probe', origin, ...LENIENT], cwd), 1, /database: /);
      await postgres.start();
      await until('the probe passes again', async () => (await relay(['probe', origin, ...LENIENT], cwd)).code === 0, 30_000, 500);
    },
    90_000,
  );
});
