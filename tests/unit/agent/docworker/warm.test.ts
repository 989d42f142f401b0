import { warmUp } from '@leanvibe/agent/internal/docworker/warm';
import { createCrdts } from '@leanvibe/core/internal/doc/registry';
import { describe, expect, test } from 'vitest';

describe('warming up the document worker', () => {
  test('goes by small steps to its end, and does nothing where the CRDT is not known', () => {
    expect([...warmUp(createCrdts())].length).toBeGreaterThan(20);
    expect([...warmUp(() => null)]).toEqual([]);
  });
});
