/** A relay on SQLite is killed in the middle of appending, again and again: what it acknowledged is there, once, and entries and records together. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startVictim } from '../../../help/kill9.js';
import { rounds } from '../../../help/needs.js';
import { createRandom } from '../../../help/random.js';
import { tempFolder } from '../../../help/temp.js';

test('kill -9 in the middle of appending loses no entry that was acknowledged', { timeout: rounds(60_000, 900_000) }, async () => {
  const path = `${await tempFolder('relay-kill9')}/relay.db`;
  const { below } = createRandom('relay kill9');
  let kept = 0;
  let id: string | null = null;
  for (let round = 0; round < rounds(6, 200); round++) {
    const victim = startVictim(path, Math.max(0, kept - 500), 'kill9-relay.mjs');
    const ready = await victim.ready;
    expect(ready?.wrong, `round ${round}`).toEqual([]);
    expect(ready?.head).toBeGreaterThanOrEqual(kept);
    expect(ready?.records).toBe(ready?.head);
    id ??= ready?.id ?? null;
    expect(ready?.id).toBe(id);
    await sleep(20 + below(250));
    await victim.kill();
    kept = Math.max(victim.kept(), ready?.head ?? 0);
  }
  expect(kept).toBeGreaterThan(50);
});
