/** The signed log in words: who told of a mailbox where. */
import { auditViews, type HistoryDeps } from '@leanvibe/agent/internal/product/history';
import { makeId, type DocumentId, type MailboxId } from '@leanvibe/protocol/ids';
import { expect, test } from 'vitest';
import { createWorld } from '../../../help/world.js';

test('C31 G24 mailboxes are told of in words', async () => {
  const world = createWorld('words of mailboxes');
  const [ana, bob] = [await world.device('Mac'), await world.device('PC')];
  const space = await world.space(ana);
  await world.invite(ana, bob, space, 'editor');
  world.link(ana, bob);
  await world.run(5_000);
  const box = (fill: number): MailboxId => makeId<MailboxId>(new Uint8Array(32).fill(fill));
  expect((await ana.engine.openMailbox(space, 'https://relay.example', box(1))).ok).toBe(true);
  expect((await ana.engine.openMailbox(space, 'http://relay.local:8080', box(2))).ok).toBe(true);
  expect((await ana.engine.closeMailbox(space, box(1))).ok).toBe(true);
  await world.run(5_000);
  const view = bob.engine.spaces().find((one) => one.space === space);
  if (view === undefined) throw new Error('no such space');
  const people: Readonly<Record<string, string>> = { [ana.engine.person()]: 'Ana', [bob.engine.person()]: 'Bob' };
  const names = {
    of: (device: string) => (device === ana.engine.device ? 'Mac' : 'PC'),
    ofPerson: (person: string) => people[person] ?? '',
    ofSpace: () => 'team',
  } as unknown as HistoryDeps['names'];
  const catalogs = { all: async () => [], placeOf: () => ({ document: '' as DocumentId }) } as unknown as HistoryDeps['catalogs'];
  const [audit] = await auditViews({ engine: bob.engine, catalogs, names, find: () => view }, 'team', undefined);
  expect(audit?.faults).toEqual([]);
  expect(audit?.lines.slice(-3).map(({ text }) => text)).toEqual([
    "Ana's Mac opened a mailbox at relay.example",
    "Ana's Mac opened a mailbox at http://relay.local:8080",
    "Ana's Mac closed a mailbox at relay.example",
  ]);
});
