/** Settings: what wins over what, and every problem said at once, in words. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Given, type Loaded, loadSettings } from '@leanvibe/relay/internal/config/load';
import { printedSettings } from '@leanvibe/relay/internal/config/print';
import { SETTING_NAMES, SETTINGS } from '@leanvibe/relay/internal/config/settings';
import { describe, expect, test } from 'vitest';
import { tempFolder } from '../../../help/temp.js';

const STRONG = 'kT9vQ2xW7nB4mZ8rL5pY1cH6jD3fG0sA+uE/iO';

function loaded(given: Partial<Given> & { readonly cwd: string }): Loaded {
  const result = loadSettings({ env: {}, ...given });
  if (!result.ok) throw new Error(result.error.join('\n'));
  return result.value;
}

function problems(env: Given['env'], cwd = '/nowhere'): readonly string[] {
  const result = loadSettings({ env, cwd });
  return result.ok ? [] : result.error;
}

const SAFE = { RELAY_ENV: 'production', RELAY_SECRET: STRONG, RELAY_ORIGIN: 'https://relay.acme.org', RELAY_REGISTRATION: 'invite' };

describe('where a setting comes from', () => {
  test('nothing said is enough: every setting has its default', async () => {
    const cwd = await tempFolder('config');
    const { settings, sources, warnings } = loaded({ cwd });
    expect([settings.host, settings.port, settings.data, settings.env]).toEqual(['127.0.0.1', 8787, cwd, 'development']);
    expect(new Set(Object.values(sources))).toEqual(new Set(['default']));
    expect(warnings).toEqual([]);
  });

  test('a flag wins over a variable, that over the settings file, that over the default', async () => {
    const cwd = await tempFolder('config');
    await writeFile(join(cwd, 'leanvibe-relay.json'), JSON.stringify({ port: 1001, host: '10.0.0.1', logLevel: 'warn' }));
    const { settings, sources } = loaded({ cwd, env: { RELAY_PORT: '1002', RELAY_HOST: '10.0.0.2' }, flags: { port: '1003' } });
    expect([settings.port, settings.host, settings.logLevel, settings.drainSeconds]).toEqual([1003, '10.0.0.2', 'warn', 25]);
    expect([sources.port, sources.host, sources.logLevel, sources.drainSeconds]).toEqual(['flag', 'variable', 'settings file', 'default']);
  });

  test('a secret may lie in a file, without its last line break; both at once are refused', async () => {
    const cwd = await tempFolder('config');
    const path = join(cwd, 'secret');
    await writeFile(path, `${STRONG}\n`);
    expect(loaded({ cwd, env: { RELAY_SECRET_FILE: path } }).settings.secret).toBe(STRONG);
    expect(problems({ RELAY_SECRET_FILE: path, RELAY_SECRET: STRONG }, cwd)).toEqual([expect.stringMatching(/both set; keep one/)]);
    expect(problems({ RELAY_SECRET_FILE: join(cwd, 'none') }, cwd)).toEqual([expect.stringMatching(/cannot be read \(ENOENT\)/)]);
  });

  test('only secrets have a _FILE; an empty variable is none; an unknown one is named and does not stop the relay', async () => {
    const cwd = await tempFolder('config');
    const { settings, warnings } = loaded({ cwd, env: { RELAY_PORT: ' ', REDIS_URL: '', RELAY_PORT_FILE: '/x', RELAY_ORGIN: 'y' } });
    expect([settings.port, settings.redisUrl]).toEqual([8787, null]);
    expect(warnings.filter((one) => one.includes('RELAY_ORGIN'))).toHaveLength(1);
  });

  test('behind TLS a proxy stands in front: who does not say so is told what that does to everybody', async () => {
    const cwd = await tempFolder('config');
    const told = (proxies: string): number =>
      loaded({ cwd, env: { RELAY_ORIGIN: 'https://relay.acme.org', RELAY_PROXIES: proxies } }).warnings.filter((one) =>
        one.includes('RELAY_PROXIES'),
      ).length;
    expect([told('0'), told('1')]).toEqual([1, 0]);
  });

  test('a named settings file must be there, be JSON, and hold only settings', async () => {
    const cwd = await tempFolder('config');
    expect(problems({ RELAY_CONFIG: 'none.json' }, cwd)).toEqual([expect.stringMatching(/none\.json cannot be read/)]);
    await writeFile(join(cwd, 'a.json'), '{ "port": ');
    expect(problems({ RELAY_CONFIG: 'a.json' }, cwd)).toEqual([expect.stringMatching(/is not JSON/)]);
    await writeFile(join(cwd, 'b.json'), '{ "prot": 1, "host": true, "proxies": "many" }');
    expect(problems({ RELAY_CONFIG: 'b.json' }, cwd)).toEqual([
      expect.stringMatching(/no setting "prot"/),
      expect.stringMatching(/host \(RELAY_HOST\) must be text/),
      expect.stringMatching(/proxies in the settings file must be a whole number from 0 to 8, not "many"/),
    ]);
  });

  test('everything that is wrong is said at once, and no secret is repeated', () => {
    const all = problems({
      RELAY_PORT: '70000',
      RELAY_ENV: 'prod',
      DATABASE_URL: 'mysql://hidden@host/x',
      RELAY_ORIGIN: 'https://a.org/path',
    });
    expect(all).toHaveLength(4);
    expect(all.join('\n')).not.toMatch(/hidden/);
  });
});

describe('production', () => {
  test('starts with a secret, an origin and a registration policy', () => {
    expect(problems(SAFE)).toEqual([]);
  });

  const wrong: readonly (readonly [string, Record<string, string>, RegExp])[] = [
    ['no secret', { RELAY_SECRET: '' }, /RELAY_SECRET is not set/],
    ['a short secret', { RELAY_SECRET: 'kT9vQ2xW7n' }, /10 characters long, at least 32/],
    ['a placeholder', { RELAY_SECRET: `please-CHANGE-ME-${STRONG}` }, /looks like a placeholder/],
    ['a monotonous secret', { RELAY_SECRET: 'ababab'.repeat(8) }, /is not random/],
    ['a short metrics token', { RELAY_METRICS_TOKEN: 'kT9v' }, /RELAY_METRICS_TOKEN is 4 characters/],
    ['the old secret twice', { RELAY_PREVIOUS_SECRET: STRONG }, /same as RELAY_SECRET/],
    ['no origin', { RELAY_ORIGIN: '' }, /RELAY_ORIGIN is not set/],
    ['an origin in the clear', { RELAY_ORIGIN: 'http://relay.acme.org' }, /must begin with https/],
    ['no registration policy', { RELAY_REGISTRATION: '' }, /RELAY_REGISTRATION is not chosen/],
    ['several copies on one SQLite file', { REDIS_URL: 'redis://r:6379' }, /REDIS_URL is set without DATABASE_URL/],
    ['a default database password', { DATABASE_URL: 'postgres://relay:postgres@db/relay' }, /DATABASE_URL has a default password/],
  ];
  for (const [name, env, words] of wrong)
    test(`refuses ${name}`, () => {
      expect(problems({ ...SAFE, ...env })).toEqual([expect.stringMatching(words)]);
      expect(problems({ ...SAFE, ...env, RELAY_ENV: 'development' })).toEqual([]);
    });

  test('says all of it together', () => {
    expect(problems({ RELAY_ENV: 'production' })).toHaveLength(3);
  });
});

test('what is printed holds every setting and no secret', () => {
  const all = { ...SAFE, DATABASE_URL: 'postgres://relay:topsecretvalue@db.acme.org/relay', RELAY_METRICS_TOKEN: `${STRONG}m` };
  const printed = printedSettings(loaded({ cwd: '/nowhere', env: all }));
  expect(printed.map(({ name }) => name)).toEqual(SETTING_NAMES);
  const text = JSON.stringify(printed);
  expect(text).not.toContain(STRONG);
  expect(text).not.toContain('topsecretvalue');
  expect(text).toContain('set (postgres://db.acme.org/…)');
  expect(SETTING_NAMES.filter((name) => SETTINGS[name].help === '')).toEqual([]);
});
