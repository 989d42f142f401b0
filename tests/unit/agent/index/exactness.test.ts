/** A2 on larger trees: files and lines equal git and `wc -l` exactly. */
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commitAll, scan, tempRepository, witness, write } from './help.js';

/** Small repeatable randomness: the same tree each run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Other tests' databases flush to the same disk meanwhile. */
const LIMIT_MS = 240_000;

describe('A2 exactness', () => {
  it(
    'A2 on a generated repository of every sort of file',
    async () => {
      const next = numbers(7);
      const folder = tempRepository();
      for (let number = 0; number < 600; number += 1) {
        const bytes = Buffer.alloc(Math.floor(next() ** 4 * 40_000));
        for (let at = 0; at < bytes.length; at += 1) bytes[at] = next() < 0.05 ? 0x0a : 1 + Math.floor(next() * 255);
        if (next() < 0.1 && bytes.length > 0) bytes[Math.floor(next() * bytes.length)] = 0;
        write(folder, `d${number % 17}/e${number % 5}/f${number}.${['c', 'bin', 'txt', 'py'][number % 4]}`, bytes);
      }
      commitAll(folder);
      const { summary } = await scan(folder);
      expect(summary).toMatchObject(witness(folder));
      expect(summary.binary.files).toBeGreaterThan(10);
      const languageLines = summary.languages.reduce((sum, row) => sum + row.lines, 0);
      expect(languageLines + summary.otherText.lines).toBe(summary.lines);
    },
    LIMIT_MS,
  );

  it(
    'A2 on packages installed here',
    async () => {
      const modules = dirname(dirname(createRequire(import.meta.url).resolve('typescript/package.json')));
      const folder = tempRepository();
      const some = ['vitest', 'fast-check', 'yjs', 'lib0', 'libp2p', 'hono', 'chokidar', 'ignore', 'better-sqlite3'].filter((name) =>
        existsSync(join(modules, name)),
      );
      expect(some.length).toBeGreaterThan(3);
      for (const name of some)
        cpSync(join(modules, name), join(folder, name), { recursive: true, dereference: true, filter: (path) => !path.endsWith('/.git') });
      commitAll(folder);
      const { summary } = await scan(folder);
      expect(summary).toMatchObject(witness(folder));
      expect(summary.files).toBeGreaterThan(200);
      expect(summary.manifests.map(({ file }) => file)).toEqual(expect.arrayContaining(some.map((name) => `${name}/package.json`)));
      expect(readdirSync(folder).filter((name) => name !== '.git')).toHaveLength(some.length);
    },
    LIMIT_MS,
  );
});
