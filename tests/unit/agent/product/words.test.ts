/** Every fixed word the engine gives as a reason is said plainly, and none of the plain words is for a reason nobody gives. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { detailOf } from '@leanvibe/agent/internal/product/words';
import { expect, test } from 'vitest';
import { ROOT } from '../../../help/root.js';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** As the engine's own interface lists them. */
const LISTED = [...(/A fixed word: (.*), a refusal reason/.exec(read('core/src/engine/api.ts'))?.[1] ?? '').matchAll(/`([a-z-]+)`/g)].map(
  ([, word]) => word ?? '',
);
const SAID = [...(/REASONS[^{]*\{([^}]*)\}/.exec(read('agent/src/product/words.ts'))?.[1] ?? '').matchAll(/^ {2}'?([a-z-]+)'?:/gm)].map(
  ([, word]) => word ?? '',
);

test('C36 K3 K6 what the engine gives as a reason has plain words, what is shown unverified and what is disputed too', () => {
  expect(LISTED).toContain('disputed');
  expect([...SAID].sort()).toEqual([...LISTED].sort());
  for (const reason of LISTED) expect(detailOf({ state: 'waiting', reason, count: 1 }), reason).not.toMatch(/^not accepted/);
  expect(detailOf({ state: 'unverified', reason: 'not-attested', count: 1 })).toMatch(/^unverified: shown from a checkpoint/);
  expect(detailOf({ state: 'unverified', reason: 'disputed', count: 1 })).toMatch(/^unverified: .* denies a checkpoint/);
});
