/** Settings: where they come from, which are refused, and that nothing wrong is written. */
import { readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, parseSetting } from '@leanvibe/agent/internal/config/load';
import { writeSetting } from '@leanvibe/agent/internal/config/file';
import { chooseHome } from '@leanvibe/agent/internal/config/paths';
import { SETTING_NAMES } from '@leanvibe/agent/internal/config/settings';
import { describe, expect, test } from 'vitest';
import { tempFolder } from '../../../help/temp.js';

describe('SPEC config', () => {
  test('flags win over variables, variables over the file, the file over defaults', async () => {
    const path = join(await tempFolder('config'), 'config.json');
    await writeFile(path, '{"port": 1111, "windowMs": 5, "discovery": false}');
    const loaded = await loadConfig(path, { flags: { port: '3333' }, env: { LEANVIBE_PORT: '2222', LEANVIBE_WINDOW_MS: '7' } });
    expect(loaded.ok && loaded.value.settings).toMatchObject({ port: 3333, windowMs: 7, discovery: false, logLevel: 'info' });
    expect(loaded.ok && loaded.value.sources).toMatchObject({
      port: 'flag',
      windowMs: 'environment',
      discovery: 'file',
      logLevel: 'default',
    });
  });

  test('an absent file and empty variables mean defaults', async () => {
    const loaded = await loadConfig(join(await tempFolder('config'), 'none.json'), { env: { LEANVIBE_PORT: '' } });
    expect(loaded.ok && loaded.value.settings.port).toBe(8765);
  });

  test.each([
    ['LEANVIBE_PORT', '99999'],
    ['LEANVIBE_PORT', 'http'],
    ['LEANVIBE_PORT', '-1'],
    ['LEANVIBE_PORT', '1e3'],
    ['LEANVIBE_LISTEN', 'example.com'],
    ['LEANVIBE_LISTEN', ','],
    ['LEANVIBE_DISCOVERY', 'maybe'],
    ['LEANVIBE_SECRETS', 'cloud'],
    ['LEANVIBE_LOG_LEVEL', 'loud'],
    ['LEANVIBE_WINDOW_MS', '0.5'],
  ])('A8 %s=%s is refused by name, with what to try', async (name, value) => {
    const loaded = await loadConfig(join(await tempFolder('config'), 'none.json'), { env: { [name]: value } });
    expect(loaded.ok).toBe(false);
    if (!loaded.ok) {
      expect(loaded.error.message).toContain(name);
      expect(loaded.error.fix).not.toBe('');
    }
  });

  test.each([
    '[]',
    'null',
    '{',
    '{"prot": 1}',
    '{"port": {}}',
    '{"port": "x"}',
    '{"listen": [1]}',
    '{"__proto__": 1}',
    `{"port": ${'1'.repeat(70_000)}}`,
  ])('A8 a config file of %.20s is refused, not half used', async (text) => {
    const path = join(await tempFolder('config'), 'config.json');
    await writeFile(path, text);
    const loaded = await loadConfig(path, { env: {} });
    expect(loaded.ok).toBe(false);
    if (!loaded.ok) expect(loaded.error.message).toContain(path);
  });

  test('writing changes one setting, keeps the others, and refuses unknown ones with a hint', async () => {
    const path = join(await tempFolder('config'), 'config.json');
    for (const [name, typed] of [
      ['port', '1234'],
      ['listen', '10.0.0.1, ::1'],
      ['discovery', 'off'],
    ] as const) {
      const parsed = parseSetting(name, typed);
      if (parsed.ok) expect((await writeSetting(path, parsed.value.name, parsed.value.value)).ok).toBe(true);
    }
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ port: 1234, listen: ['10.0.0.1', '::1'], discovery: false });
    expect(parseSetting('log-level', 'info')).toMatchObject({ ok: false, error: { fix: 'did you mean logLevel?' } });
    expect(parseSetting('nonsense', 'x').ok).toBe(false);
    expect(SETTING_NAMES).not.toContain('name');
  });

  test('the home is the flag, then LEANVIBE_HOME, then ~/.leanvibe, always absolute', () => {
    expect(chooseHome('/a/b', { LEANVIBE_HOME: '/c' })).toBe('/a/b');
    expect(chooseHome(undefined, { LEANVIBE_HOME: '/c' })).toBe('/c');
    expect(chooseHome(undefined, {})).toBe(join(homedir(), '.leanvibe'));
    expect(chooseHome('x', {})).toBe(join(process.cwd(), 'x'));
    expect(chooseHome('~/x', {})).toBe(join(homedir(), 'x'));
  });
});
