/** Health, metrics and status over HTTP: what each says when all is well, when something is not, and while the copy goes away. */
import { describe, expect, test } from 'vitest';
import { createWell } from '../../../help/relay-well.js';

const json = async (response: Response): Promise<Record<string, unknown>> => (await response.json()) as Record<string, unknown>;

describe('health', () => {
  test('all is well', async () => {
    const { http } = createWell();
    expect(await json(await http.ask('GET', '/health/live'))).toEqual({ status: 'live' });
    for (const path of ['/health', '/health/ready']) {
      const answer = await http.ask('GET', path);
      expect([answer.status, answer.headers.get('cache-control'), await json(answer)]).toEqual([
        200,
        'no-store',
        { status: 'ready', reasons: [], draining: false },
      ]);
    }
    expect(await json(await http.ask('GET', '/health/complete'))).toMatchObject({
      version: '0.1.0',
      checks: [
        { dependency: 'database', needed: true, ok: true, tookMs: 0 },
        { dependency: 'bus', needed: false, ok: true },
      ],
    });
  });

  test('without its database a copy lives and is not ready, and says why', async () => {
    const { http, wrong } = createWell();
    wrong.set('database', 'no answer within 3 s');
    expect((await http.ask('GET', '/health/live')).status).toBe(200);
    for (const path of ['/health', '/health/ready', '/health/complete']) {
      const answer = await http.ask('GET', path);
      expect(answer.status).toBe(503);
      expect(await json(answer)).toMatchObject({ status: 'not-ready', reasons: ['database: no answer within 3 s'] });
    }
    expect((await http.ask('GET', '/health/database')).status).toBe(503);
  });

  test('without its bus it is degraded and still takes work', async () => {
    const { http, wrong } = createWell();
    wrong.set('bus', 'Redis does not answer');
    const answer = await http.ask('GET', '/health/ready');
    expect([answer.status, await json(answer)]).toEqual([
      200,
      { status: 'degraded', reasons: ['bus: Redis does not answer'], draining: false },
    ]);
  });

  test('what a dependency throws is not shown to everybody', async () => {
    const { http, wrong } = createWell();
    wrong.set('database', 'secret');
    expect(await (await http.ask('GET', '/health/complete')).text()).not.toContain('db.inside');
  });

  test('a copy that goes away is not ready, and says so', async () => {
    const { http, drain, metrics } = createWell();
    expect(await drain.begin()).toBe('done');
    const answer = await http.ask('GET', '/health/ready');
    expect([answer.status, await json(answer)]).toEqual([
      503,
      { status: 'not-ready', reasons: ['this copy is going away; ask another'], draining: true },
    ]);
    expect(await metrics.text()).toContain('leanvibe_relay_draining 1');
  });

  test('asked without end, it asks its database once a second', async () => {
    const { http, wrong, later } = createWell();
    await http.ask('GET', '/health');
    wrong.set('database', 'gone');
    expect((await http.ask('GET', '/health')).status).toBe(200);
    later();
    expect((await http.ask('GET', '/health')).status).toBe(503);
  });
});

describe('metrics', () => {
  test('are for whoever has the token, or for nobody', async () => {
    const token = 't'.repeat(40);
    const { http } = createWell({ token });
    expect((await http.ask('GET', '/metrics')).status).toBe(401);
    expect((await http.ask('GET', '/metrics', { token: 'x'.repeat(40) })).status).toBe(401);
    const answer = await http.ask('GET', '/metrics', { token });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('leanvibe_relay_dependency_up{dependency="database"} 1');
    expect((await createWell('nobody').http.ask('GET', '/metrics')).status).toBe(404);
  });
});

describe('the status page', () => {
  test('says what works without script, inline style, or anything of the inside', async () => {
    const { http, wrong } = createWell();
    wrong.set('database', 'pool of 10 lines is used up');
    const answer = await http.ask('GET', '/status', { headers: { accept: 'text/html' } });
    const page = await answer.text();
    expect(answer.status).toBe(200);
    expect(page).toContain('Something does not work');
    expect(page).not.toMatch(/<script|<style|style=|pool of/);
    expect((await http.ask('GET', '/status/page.css')).headers.get('content-type')).toContain('text/css');
  });

  test('is JSON for programs', async () => {
    const { http } = createWell();
    const asked = await http.ask('GET', '/status', { headers: { accept: 'application/json' } });
    expect(await json(asked)).toEqual(await json(await http.ask('GET', '/status.json')));
    expect(await json(await http.ask('GET', '/status.json'))).toMatchObject({ overall: 'working', at: '1970-01-01T00:00:00.000Z' });
  });
});
