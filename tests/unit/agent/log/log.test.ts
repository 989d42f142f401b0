/** Logs: bounded on disk, and without names, paths, keys or secrets. */
import { readFileSync, statSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { openLogFile } from '@leanvibe/agent/internal/log/file';
import { createFileLogger } from '@leanvibe/agent/internal/log/logger';
import { tailLog } from '@leanvibe/agent/internal/log/tail';
import { describe, expect, test } from 'vitest';
import { tempFolder } from '../../../help/temp.js';

describe('SPEC log', () => {
  test('P9 the files never grow past their bound, and the tail runs over the turn', async () => {
    const path = join(await tempFolder('log'), 'logs', 'agent.log');
    const file = openLogFile(path, { bytesMax: 1_000, files: 3 });
    for (let line = 0; line < 500; line++) file.write(`${JSON.stringify({ line })}\n`);
    for (const name of [path, `${path}.1`, `${path}.2`]) expect(statSync(name).size).toBeLessThanOrEqual(1_000);
    expect(() => statSync(`${path}.3`)).toThrow();
    const last = await tailLog(path, 70);
    expect(last).toHaveLength(70);
    expect(last.at(-1)).toBe('{"line":499}');
    expect(last[0]).toBe('{"line":430}');
    expect(await tailLog(join(path, '..', 'none'), 5)).toEqual([]);
    file.close();
    expect(file.lost()).toBe(0);
  });

  test('A5 nothing of a person reaches the file', async () => {
    const home = join(await tempFolder('log'), 'home');
    const path = join(home, 'logs', 'agent.log');
    const file = openLogFile(path);
    const logger = createFileLogger(file, { level: 'info', home });
    logger.log('error', 'failed', {
      why: `ENOENT: no such file, open '/srv/secret place/anna/diary.txt' for anna@example.com on ${hostname()}`,
      token: 'abcdef',
      title: 'private title',
      projectName: 'private project',
      stack: `at x (${homedir()}/work/thing.js:1:2) ${'0123456789abcdef'.repeat(4)}`,
      where: `${home}/store.db`,
      address: '/ip4/10.0.0.1/tcp/1/p2p/12D3KooWabc',
      count: 3,
    });
    logger.log('debug', 'not-written');
    file.close();
    const text = readFileSync(path, 'utf8');
    for (const word of [
      'anna',
      'diary',
      'abcdef',
      'private',
      'thing.js',
      'example.com',
      '12D3KooW',
      '89abcdef01',
      'not-written',
      ...(hostname().length > 2 ? [hostname()] : []),
    ])
      expect([word, text.includes(word)]).toEqual([word, false]);
    expect(JSON.parse(text)).toMatchObject({ level: 'error', event: 'failed', count: 3, where: '~home/store.db' });
  });
});
