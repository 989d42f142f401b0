/** Dialling a relay: what is given up before it is open ends in words, and in nothing else. */
import { dialRelay } from '@leanvibe/agent/internal/relay/line';
import { expect, test } from 'vitest';

test('a dial that was given up before it began, or right after, rejects and raises nothing beside it', async () => {
  const before = new AbortController();
  before.abort();
  await expect(dialRelay('http://127.0.0.1:9', before.signal)).rejects.toThrow('given up');
  const after = new AbortController();
  const dialled = dialRelay('http://127.0.0.1:9', after.signal);
  after.abort();
  await expect(dialled).rejects.toThrow('given up');
  await new Promise((resolve) => setTimeout(resolve, 50));
});
