/** Documents that every device of a space derives alike, without asking. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createWorld } from '../../../help/world.js';
import { hex } from '../../../vectors/kit.js';

test('W22 derived documents are the hash of their label, what they are of, and a word; no two are alike', async () => {
  const { engine } = await createWorld('derived').device('Mac');
  const home = engine.home();
  const made = (['catalog', 'facts', 'suggestions', 'metrics'] as const).flatMap((purpose) =>
    ['', 'é'].map((extra) => {
      const expected = createHash('sha256').update(`leanvibe/v1/${purpose}-document:`).update(hex(home)).update(extra).digest('hex');
      expect(engine.derivedDocument(purpose, home, extra)).toBe(expected);
      return expected;
    }),
  );
  expect(new Set(made).size).toBe(8);
});
