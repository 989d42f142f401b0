/** Scopes: projects whole or in parts, of one space. */
import { gathered, onlyProject, reaches, scopeWords, splitPart } from '@leanvibe/agent/internal/tokens/scope';
import type { SpaceId } from '@leanvibe/protocol/ids';
import { expect, test } from 'vitest';
import { madeId } from '../../../vectors/kit.js';

const space = madeId<SpaceId>('space');
const other = madeId<SpaceId>('other');
const entry = (project: string | null, ...parts: ('tasks' | 'notes' | 'suggestions')[]) => ({
  project,
  parts: parts.length === 0 ? null : parts,
});

test('C47 a part reaches that part and the project’s name, never the rest', () => {
  const scope = { space, entries: [entry('a', 'tasks')] };
  const project = { id: 'a', space };
  expect((['any', 'tasks', 'notes', 'suggestions', 'whole'] as const).map((reach) => reaches(scope, project, reach))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(reaches(scope, { id: 'b', space }, 'any')).toBe(false);
  expect(reaches(scope, { id: 'a', space: other }, 'any')).toBe(false);
});

test('C47 all is all of one space', () => {
  const scope = { space, entries: [entry(null)] };
  expect(reaches(scope, { id: 'anything', space }, 'whole')).toBe(true);
  expect(reaches(scope, { id: 'anything', space: other }, 'any')).toBe(false);
  expect(reaches({ space, entries: [entry(null, 'notes')] }, { id: 'x', space }, 'tasks')).toBe(false);
  expect(reaches({ space, entries: [] }, { id: 'x', space }, 'any')).toBe(false);
});

test('C47 entries of one project come together, whole wins, and words say what was given', () => {
  expect(gathered([entry('a', 'notes'), entry('b'), entry('a', 'tasks'), entry('b', 'tasks')])).toEqual([
    entry('a', 'tasks', 'notes'),
    entry('b'),
  ]);
  expect(scopeWords({ space, entries: [entry('a', 'tasks', 'notes'), entry(null)] }, (id) => id.toUpperCase())).toEqual([
    'A:tasks',
    'A:notes',
    'all',
  ]);
  expect([
    onlyProject({ space, entries: [entry('a')] }),
    onlyProject({ space, entries: [entry('a'), entry('b')] }),
    onlyProject({ space, entries: [entry(null)] }),
  ]).toEqual(['a', null, null]);
});

test('C47 a part is what stands behind the last colon, if it is one', () => {
  expect(splitPart('web:app:tasks')).toEqual({ name: 'web:app', part: 'tasks' });
  for (const text of ['webapp', ':tasks', 'webapp:', 'webapp:everything', 'tasks']) expect(splitPart(text)).toBeNull();
});
