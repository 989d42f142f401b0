/** What stories of recovery do again and again: make words, type them on a fresh device, ask whoever survives. */
import type { DeviceId, DocumentId, SpaceId } from '@leanvibe/protocol/ids';
import { createMemoryPair, type MemoryPair } from '@leanvibe/core/internal/memory/channel';
import type { Restored, Restoring } from '@leanvibe/core/internal/engine/recovery-form';
import { expect } from 'vitest';
import type { Device, World } from './world.js';

export const addTask = (title: string): { readonly type: string; readonly [key: string]: string } => ({
  type: 'task.add',
  id: title.toLowerCase().replaceAll(' ', '-').padEnd(16, '0'),
  title,
  by: 'tester',
  at: '2026-01-01T00:00:00.000Z',
});

export async function titles(device: Device, project: DocumentId, space?: SpaceId): Promise<readonly string[]> {
  const tasks = (await device.view(project, { type: 'tasks' }, 'yjs', space)) as readonly { readonly title: string }[];
  return tasks.map(({ title }) => title).sort();
}

export async function makeWords(device: Device): Promise<{ readonly text: string; readonly paper: DeviceId }> {
  const made = await device.engine.recovery.create();
  if (!made.ok) throw new Error(made.error);
  expect(made.value.words).toHaveLength(24);
  return { text: made.value.words.join(' '), paper: made.value.set.device };
}

export interface Coming {
  readonly restoring: Restoring;
  readonly links: readonly MemoryPair[];
}

/** A fresh device types the words and asks these devices, which stay connected. */
export async function ask(
  world: World,
  fresh: Device,
  text: string,
  helpers: readonly Device[],
): Promise<Coming & { readonly answers: readonly unknown[] }> {
  const started = await fresh.engine.recovery.restore(text);
  if (!started.ok) throw new Error(JSON.stringify(started.error));
  const answers: unknown[] = [];
  const links: MemoryPair[] = [];
  for (const helper of helpers) {
    const pair = createMemoryPair({ clock: world.clock }, { left: fresh.engine.device, right: helper.engine.device });
    helper.engine.recovery.serve(pair.right);
    const asked = started.value.ask(pair.left);
    await world.run(1_000);
    const answer = await asked;
    answers.push(answer.ok ? answer.value : answer.error);
    if (answer.ok) links.push(world.link(fresh, helper));
  }
  return { restoring: started.value, links, answers };
}

export async function enter(world: World, { restoring }: Coming, ms = 60_000): Promise<Restored> {
  const entering = restoring.enter(() => undefined);
  await world.run(ms);
  const entered = await entering;
  restoring.end();
  if (!entered.ok) throw new Error(entered.error);
  return entered.value;
}
