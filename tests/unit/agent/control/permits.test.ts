/** The permit table: every method is listed, and what robots may ask is exactly this. */
import { METHODS, type MethodName } from '@leanvibe/agent/internal/control/methods';
import { permitOf, PERMITS } from '@leanvibe/agent/internal/control/permits';
import { limited, NO_TOKEN } from '@leanvibe/agent/internal/control/robots';
import { err, ok } from '@leanvibe/core/internal/base/result';
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../help/clock.js';

const names = Object.keys(METHODS) as readonly MethodName[];

test('C47 every method of the control API is in the permit table, and nothing else is', () => {
  expect(Object.keys(PERMITS).sort()).toEqual([...names].sort());
});

test('C47 robots read and write tasks, notes and suggestions, and ask nothing else', () => {
  const permitted = Object.fromEntries(
    names.flatMap((name) => {
      const permit = permitOf(name);
      return permit === null ? [] : [[name, `${permit.role} ${permit.reach}`]];
    }),
  );
  expect(permitted).toEqual({
    status: 'viewer any',
    'project.list': 'viewer any',
    'project.show': 'viewer whole',
    'task.add': 'editor tasks',
    'task.list': 'viewer tasks',
    'task.done': 'editor tasks',
    'task.undone': 'editor tasks',
    'task.rm': 'editor tasks',
    'task.edit': 'editor tasks',
    'note.show': 'viewer notes',
    'note.append': 'editor notes',
    'note.edit': 'editor notes',
    suggest: 'editor suggestions',
    suggestions: 'viewer suggestions',
    accept: 'editor suggestions',
    reject: 'editor suggestions',
    'trash.list': 'viewer tasks',
    'trash.restore': 'editor tasks',
  });
});

test('C47 a method nobody listed, or of a hostile name, is permitted to nobody', () => {
  for (const name of ['toString', '__proto__', 'constructor', 'hasOwnProperty', 'nothing', ''])
    expect(permitOf(name as MethodName)).toBeNull();
});

test('C47 wrong tokens beyond sixty a minute are told so, right ones are let in all the same, and a minute later all is forgotten', async () => {
  const clock = createVirtualClock();
  const robot = { handlers: {}, ended: new AbortController().signal } as never;
  const door = limited({ clock }, (secret) => (secret === 'right' ? ok(robot) : err(NO_TOKEN)));
  const reason = (secret: string | null): string => {
    const entered = door(secret);
    return entered.ok ? 'in' : entered.error.reason;
  };
  const tried = Array.from({ length: 100 }, () => reason('wrong'));
  expect(tried.filter((one) => one === 'control-token')).toHaveLength(60);
  expect(tried.at(-1)).toBe('control-token-rate');
  expect([reason('right'), reason(null)]).toEqual(['in', 'control-token']);
  await clock.advance(60_000);
  expect(reason('wrong')).toBe('control-token');
});
