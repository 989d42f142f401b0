/** A9: agent tokens against whoever holds one and wants more: every method, other projects, other people's events, and life after the end. */
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { ControlError } from '@leanvibe/agent/internal/control/error';
import { judge } from '@leanvibe/agent/internal/control/gate';
import type { MadeToken } from '@leanvibe/agent/internal/control/leaf-views';
import { METHODS, type MethodName } from '@leanvibe/agent/internal/control/methods';
import { permitOf } from '@leanvibe/agent/internal/control/permits';
import { describe, expect, test } from 'vitest';
import { startAgent, type TestAgent } from '../help/agent.js';
import { rawHttp, rawRequest } from '../help/raw-http.js';
import { tempFolder } from '../help/temp.js';
import { until } from '../help/wait.js';

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly result?: unknown;
  readonly error?: ControlError;
}

interface Stage {
  readonly agent: TestAgent;
  readonly folder: string;
  readonly ids: { readonly webapp: string; readonly secret: string };
  token(documents: readonly string[], role?: 'viewer' | 'editor', expiresInSeconds?: number): Promise<MadeToken>;
  ask(secret: string, method: string, params?: unknown): Promise<Answer>;
}

let made = 0;

/** Two projects; one of them is nobody's business. */
async function stage(): Promise<Stage> {
  const agent = await startAgent({ name: 'Ana Mac' });
  const folder = await tempFolder('tokens');
  const ids: Record<string, string> = {};
  for (const name of ['webapp', 'topsecret']) {
    const path = join(folder, name);
    await mkdir(path);
    await writeFile(join(path, 'hush.txt'), 'TODO: hush\n');
    ids[name] = (await agent.ask('project.add', { path, name })).project.id;
    await agent.ask('task.add', { project: name, title: `${name} task` });
    await agent.ask('note.append', { project: name, text: `${name} note` });
    await agent.ask('suggest', {
      project: name,
      file: 'a.ts',
      line: 1,
      prompt: 'p',
      suggestion: `${name} suggestion`,
      model: 'm',
      confidence: 1,
    });
  }
  return {
    agent,
    folder,
    ids: { webapp: ids['webapp'] ?? '', secret: ids['topsecret'] ?? '' },
    token: (documents, role = 'editor', expiresInSeconds = 3600) =>
      agent.ask('token.create', { name: `robot ${made++}`, documents, role, expiresInSeconds }),
    async ask(secret, method, params = {}) {
      const answer = await fetch(`http://127.0.0.1:${agent.agent.port}/api/v1/${method}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        body: JSON.stringify(params),
      });
      const text = await answer.text();
      return { status: answer.status, text, ...(JSON.parse(text.trim().split('\n').at(-1) ?? '{}') as object) };
    },
  };
}

/** Everything that says something of the other project, of this machine or of its keys. */
function expectSilent(text: string, { agent, folder, ids }: Stage): void {
  for (const word of ['topsecret', ids.secret, ids.secret.slice(0, 8), folder, agent.home, agent.token, agent.agent.deviceId])
    expect(text.includes(word), `${word} in ${text.slice(0, 400)}`).toBe(false);
}

async function feed(port: number, secret: string): Promise<{ readonly lines: string[]; readonly over: () => boolean }> {
  const lines: string[] = [];
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/events`, { headers: { authorization: `Bearer ${secret}` } });
  if (answer.status !== 200 || answer.body === null) throw new Error(`the feed answered ${answer.status}`);
  let over = false;
  const read = async (): Promise<void> => {
    for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>)
      lines.push(...new TextDecoder().decode(chunk).trim().split('\n'));
    over = true;
  };
  void read();
  return { lines, over: () => over };
}

describe('A9 agent tokens', () => {
  test('A9 C47 every method: what the table does not permit is refused for every token, before its parameters are read', async () => {
    const on = await stage();
    const tokens = [await on.token(['all']), await on.token(['all'], 'viewer'), await on.token(['webapp:tasks'])];
    for (const method of Object.keys(METHODS) as MethodName[]) {
      if (permitOf(method) !== null) continue;
      for (const { secret } of tokens)
        for (const params of [{}, { nonsense: '\u0000' }, [], 'x']) {
          const { status, error } = await on.ask(secret, method, params);
          expect([method, status, error?.code]).toEqual([method, 403, 'not-permitted']);
        }
    }
    for (const method of ['nothing', '__proto__', 'toString', 'constructor', 'STATUS', 'status%00', 'token.create%2f..%2fstatus'])
      expect([method, (await on.ask(tokens[0]?.secret ?? '', method)).status]).toEqual([method, 404]);
    expect((await on.agent.ask('token.list', {})).filter(({ state }) => state === 'live')).toHaveLength(3);
    expect((await on.agent.ask('project.list', {})).map(({ name }) => name)).toEqual(['topsecret', 'webapp']);
  });

  test('A9 C47 a token sees its projects in every list, and no word of the others, of this machine or of its devices', async () => {
    const on = await stage();
    const webapp = await on.token(['webapp']);
    for (const [method, params] of [
      ['project.list', {}],
      ['status', {}],
      ['project.show', { project: 'webapp' }],
      ['task.list', { project: 'webapp' }],
      ['trash.list', {}],
      ['suggestions', {}],
      ['note.show', {}],
    ] as const) {
      const answer = await on.ask(webapp.secret, method, params);
      expect([method, answer.status]).toEqual([method, 200]);
      expectSilent(answer.text, on);
    }
    const all = await on.token(['all:notes'], 'viewer');
    const listed = (await on.ask(all.secret, 'project.list')).result as {
      readonly name: string;
      readonly files: number;
      readonly path: string | null;
    }[];
    expect(listed.map(({ name, files, path }) => [name, files, path])).toEqual([
      ['topsecret', 0, null],
      ['webapp', 0, null],
    ]);
  });

  test('A9 C47 another project is not there for a token, by name, id, start of an id, folder, or where it stands, and reads like one that never was', async () => {
    const on = await stage();
    const { secret } = await on.token(['webapp', 'webapp:tasks']);
    const two = await on.token(['webapp', 'topsecret:notes']);
    const unknown = await on.ask(secret, 'task.list', { project: 'neverwas' });
    for (const method of ['task.list', 'task.add', 'note.show', 'note.append', 'project.show', 'suggestions', 'trash.list'])
      for (const project of [
        'topsecret',
        'TOPSECRET',
        on.ids.secret,
        on.ids.secret.slice(0, 6),
        join(on.folder, 'topsecret'),
        join(on.folder, 'topsecret/deeper'),
      ]) {
        const { status, error } = await on.ask(secret, method, {
          project,
          ...(method === 'task.add' ? { title: 't' } : method === 'note.append' ? { text: 't' } : {}),
        });
        expect([method, project, status, error]).toEqual([method, project, 404, unknown.error]);
      }
    expect((await on.ask(two.secret, 'task.list', { folder: join(on.folder, 'topsecret') })).error?.code).toBe('not-permitted');
    expect((await on.ask(two.secret, 'task.list', { folder: join(on.folder, 'elsewhere') })).error?.code).toBe('no-project');
    expect((await on.ask(two.secret, 'note.show', { project: 'topsecret' })).result).toEqual({ text: 'topsecret note\n' });
    for (const method of ['task.list', 'trash.list', 'suggestions', 'project.show'])
      expect([method, (await on.ask(two.secret, method, { project: 'topsecret' })).error?.code]).toEqual([method, 'not-permitted']);
    expect((await on.agent.ask('task.list', { project: 'topsecret' })).map(({ title }) => title)).toEqual(['topsecret task']);
    expect((await on.agent.ask('note.show', { project: 'topsecret' })).text).toBe('topsecret note\n');
  });

  test('A9 C47 a viewer writes nothing, whatever the method, and an editor of one part writes in no other', async () => {
    const on = await stage();
    const viewer = await on.token(['webapp'], 'viewer');
    const writer = await on.token(['webapp:suggestions']);
    const [task] = await on.agent.ask('task.list', { project: 'webapp' });
    const [offer] = await on.agent.ask('suggestions', { project: 'webapp' });
    const suggestion = { file: 'a.ts', line: 1, prompt: 'p', suggestion: 's', model: 'm', confidence: 1 };
    const writes: readonly (readonly [MethodName, object])[] = [
      ['task.add', { title: 'mine' }],
      ['task.done', { id: task?.id }],
      ['task.undone', { id: task?.id }],
      ['task.rm', { id: task?.id }],
      ['task.edit', { id: task?.id, title: 'mine' }],
      ['note.append', { text: 'mine' }],
      ['note.edit', { text: 'mine', base: 'webapp note\n' }],
      ['suggest', suggestion],
      ['accept', { id: offer?.id }],
      ['reject', { id: offer?.id }],
      ['trash.restore', { id: task?.id }],
    ];
    expect(writes.map(([method]) => method).sort()).toEqual(
      (Object.keys(METHODS) as MethodName[]).filter((method) => permitOf(method)?.role === 'editor').sort(),
    );
    for (const [method, params] of writes) {
      expect([method, (await on.ask(viewer.secret, method, params)).error?.code]).toEqual([method, 'not-permitted']);
      const other = await on.ask(writer.secret, method, params);
      expect([method, other.error?.code ?? 'done']).toEqual([method, permitOf(method)?.reach === 'suggestions' ? 'done' : 'not-permitted']);
    }
    expect((await on.agent.ask('task.list', { project: 'webapp' })).map(({ title, done }) => [title, done])).toEqual([
      ['webapp task', false],
    ]);
    expect((await on.agent.ask('token.log', { token: viewer.token.id })).acts).toEqual([]);
    // A verdict by a robot that sees suggestions only is not noted in the project's activity.
    const log = await on.agent.ask('token.log', { token: writer.token.id });
    expect(new Set(log.changes.map(({ document }) => document))).toEqual(new Set(['suggestions']));
    expect(log.acts.map(({ method, outcome }) => [method, outcome]).reverse()).toEqual([
      ['suggest', 'done'],
      ['accept', 'done'],
      ['reject', 'done'],
    ]);
  });

  test('A9 C47 the live feed holds what the token reaches, and ends at once when it is revoked', async () => {
    const on = await stage();
    const { port } = on.agent.agent;
    const { token, secret } = await on.token(['webapp:tasks'], 'viewer');
    const own = await feed(port, secret);
    const owners = await feed(port, on.agent.token);
    await on.agent.ask('task.add', { project: 'topsecret', title: 'hush' });
    await on.agent.ask('suggest', { project: 'webapp', file: 'a.ts', line: 1, prompt: '', suggestion: 's', model: 'm', confidence: 1 });
    await on.agent.ask('pair.start', {});
    await on.agent.ask('task.add', { project: 'webapp', title: 'seen' });
    await until('the feeds told of it', () => own.lines.length >= 2 && owners.lines.length >= 5);
    expect(own.lines.map((line) => (JSON.parse(line) as { readonly type: string; readonly project?: string }).type)).toEqual([
      'hello',
      'document',
    ]);
    expectSilent(own.lines.join('\n'), on);
    expect(own.over()).toBe(false);
    const before = performance.now();
    await on.agent.ask('token.revoke', { token: token.id });
    await until('the feed ended', own.over);
    expect(performance.now() - before).toBeLessThan(2_000);
    expect(owners.over()).toBe(false);
    const after = await on.ask(secret, 'task.list', {});
    expect([after.status, after.error?.message]).toEqual([401, 'this token was revoked']);
  });

  test('A9 C47 an expired token is turned away, its feed ends, and it says so', async () => {
    const on = await stage();
    const { secret } = await on.token(['webapp'], 'viewer', 2);
    const own = await feed(on.agent.agent.port, secret);
    expect((await on.ask(secret, 'task.list', {})).status).toBe(200);
    await until('the feed ended', own.over, 10_000);
    const after = await on.ask(secret, 'task.list', {});
    expect(after.status).toBe(401);
    expect(after.error?.message).toMatch(/^this token expired at /);
    expect((await on.agent.ask('token.list', {})).map(({ state }) => state)).toEqual(['expired']);
  });

  test('A9 C47 a token opens nothing but the API: no page, no cookie, no sign-in key, no query, no other scheme, no second header', async () => {
    const on = await stage();
    const { port } = on.agent.agent;
    const { secret } = await on.token(['all']);
    const host = `Host: 127.0.0.1:${port}`;
    const bearer = `Authorization: Bearer ${secret}`;
    const get = async (target: string, ...headers: readonly string[]): Promise<number> =>
      (await rawHttp(port, rawRequest(`GET ${target} HTTP/1.1`, [host, ...headers]))).status;
    expect(await get('/', bearer)).toBe(401);
    expect(await get('/page/data', bearer)).toBe(401);
    expect(await get('/page/data', `Cookie: leanvibe=${secret}`)).toBe(401);
    expect(await get(`/?key=${secret}`)).toBe(401);
    expect(await get(`/api/v1/events?token=${secret}`)).toBe(401);
    const post = async (headers: readonly string[], method = 'project.list'): Promise<number> =>
      (
        await rawHttp(
          port,
          rawRequest(`POST /api/v1/${method} HTTP/1.1`, [host, 'Content-Type: application/json', 'Content-Length: 2', ...headers], '{}'),
        )
      ).status;
    expect(await post([bearer])).toBe(200);
    for (const header of [
      `Authorization: Basic ${secret}`,
      `Authorization: Basic ${Buffer.from(`x:${secret}`).toString('base64')}`,
      `Authorization: bearer ${secret}`,
      `Authorization: Bearer  ${secret}`,
      `Authorization: Bearer ${secret} x`,
      `Authorization: Bearer ${secret},${on.agent.token}`,
      `Authorization: ${secret}`,
      `Authorization: Bearer ${secret}\t`.replace('\t', 'x'),
      `X-Authorization: Bearer ${secret}`,
      `Proxy-Authorization: Bearer ${secret}`,
      `Cookie: authorization=Bearer ${secret}`,
    ])
      expect([header, await post([header])]).toEqual([header, 401]);
    // The first of two counts, or none: never the stronger.
    for (const both of [
      [bearer, `Authorization: Bearer ${on.agent.token}`],
      [`Authorization: Bearer nothing`, bearer],
    ])
      expect([both, await post(both, 'device.list')]).toEqual([both, expect.toBeOneOf([400, 401, 403])]);
    expect(await post([bearer, 'Origin: http://evil.com'])).toBe(403);
    expect(await post([bearer, 'X-Http-Method-Override: DELETE', 'X-Forwarded-For: 127.0.0.1', 'X-Original-Url: /api/v1/stop'])).toBe(200);
    const upgrade = `${['GET /yjs/room HTTP/1.1', host, bearer, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='].join('\r\n')}\r\n\r\n`;
    expect((await rawHttp(port, upgrade)).status).toBe(401);
  });

  test('A9 C47 a token is taken on loopback only', async () => {
    const on = await stage();
    const { port } = on.agent.agent;
    const refused = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: '127.0.0.2', port });
      socket.once('error', () => resolve(true));
      socket.once('connect', () => {
        socket.destroy();
        resolve(false);
      });
    });
    expect(refused).toBe(true);
    for (const remoteAddress of ['192.168.1.7', '::ffff:192.168.1.7', '::1', '10.0.0.1', undefined])
      expect(
        judge(
          { headers: ['Host', `127.0.0.1:${port}`, 'Authorization', 'Bearer x'], method: 'POST', target: '/api/v1/status', remoteAddress },
          port,
        )?.reason,
      ).toBe('control-address');
  });

  test('A9 C47 hostile names, documents, roles and spans make no token', async () => {
    const on = await stage();
    const good = { name: 'ok', documents: ['webapp'], role: 'viewer', expiresInSeconds: 60 };
    for (const wrong of [
      { name: '' },
      { name: ' ' },
      { name: 'a\u202eb' },
      { name: 'a\u0000' },
      { name: 'a\nb' },
      { name: '\u001b[31mred' },
      { name: 'a:b' },
      { name: 'a (robot, by Ana)' },
      { name: '../x' },
      { name: 'x'.repeat(65) },
      { name: '\u00e9'.repeat(40) },
      { name: '\u200bci' },
      { name: 'trailing ' },
      { documents: [] },
      { documents: ['nothing'] },
      { documents: ['webapp:everything'] },
      { documents: ['all:'] },
      { documents: 'webapp' },
      { documents: Array.from({ length: 65 }, () => 'webapp') },
      { role: 'owner' },
      { role: 'admin' },
      { role: '' },
      { expiresInSeconds: 0 },
      { expiresInSeconds: -1 },
      { expiresInSeconds: 365 * 86_400 + 1 },
      { expiresInSeconds: 1e300 },
      { expiresInSeconds: null },
      { space: 'nowhere' },
      { secret: `lvt_${'A'.repeat(43)}` },
    ]) {
      const { name, role, documents, expiresInSeconds, ...more } = { ...good, ...wrong };
      const refusal = await on.agent.refusal('token.create', { name, role, documents, expiresInSeconds, ...more });
      expect([wrong, refusal.code]).toEqual([wrong, expect.toBeOneOf(['bad-request', 'no-project', 'not-found'])]);
    }
    const { expiresInSeconds: _never, ...endless } = good;
    expect((await on.agent.refusal('token.create', endless)).code).toBe('bad-request');
    expect(await on.agent.ask('token.list', {})).toEqual([]);
  });

  test('A9 C47 garbage for tokens is refused and counted, and too much of it is told so while good ones go on', async () => {
    const on = await stage();
    const { secret } = await on.token(['webapp']);
    const flipped = `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`;
    for (const garbage of [
      'lvt_',
      `lvt_${'A'.repeat(43)}`,
      flipped,
      secret.slice(0, -1),
      `${secret}A`,
      secret.toUpperCase(),
      secret.slice(4),
    ])
      expect([garbage, (await on.ask(garbage, 'status')).status]).toEqual([garbage, 401]);
    const statuses: number[] = [];
    for (let tried = 0; tried < 80; tried++) statuses.push((await on.ask(flipped, 'status')).status);
    expect(statuses.at(-1)).toBe(429);
    expect((await on.ask(secret, 'status')).status).toBe(200);
    const { refusals } = await on.agent.ask('status', {});
    expect(refusals['control-token']).toBeGreaterThanOrEqual(60);
    expect(refusals['control-token-rate']).toBeGreaterThan(0);
  });

  test('A9 C47 P3 revoked by its name or the start of its id, for good: a restart lets nobody back in', async () => {
    const on = await stage();
    const one = await on.token(['webapp']);
    const two = await on.token(['webapp']);
    await on.agent.ask('token.revoke', { token: one.token.name });
    await on.agent.ask('token.revoke', { token: two.token.id.slice(0, 8) });
    await on.agent.agent.stop();
    const again = await startAgent({ home: on.agent.home });
    for (const { secret } of [one, two]) {
      const answer = await fetch(`http://127.0.0.1:${again.agent.port}/api/v1/status`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        body: '{}',
      });
      expect(answer.status).toBe(401);
    }
    expect((await again.refusal('token.revoke', { token: one.token.id })).code).toBe('refused');
    expect((await again.refusal('token.revoke', { token: 'nobody' })).code).toBe('not-found');
  });
});
