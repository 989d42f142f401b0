/** Everything a member can seal and sign that no honest program would: what it comes to, counted, with the honest words still standing (A7). */
import type { RefusalReason } from '@leanvibe/protocol/errors';
import type { DocumentId } from '@leanvibe/protocol/ids';
import { describe, expect, test } from 'vitest';
import { type Attack, attacks, type Fate, gappedPayloads } from './payloads.js';
import { FORGERIES } from './forgeries.js';
import { createStage, foothold, HONEST, type Stage } from './stage.js';

const COUNTED: Readonly<Record<Fate, RefusalReason | null>> = {
  malformed: 'bad-payload',
  'over-limit': 'over-limit',
  'bad-struct': 'bad-struct',
  'bad-claim': 'bad-claim',
  unsettled: 'bad-payload',
  harmless: null,
};

async function everyPayload(stage: Stage, list: (document: DocumentId) => readonly Attack[]): Promise<void> {
  const { world, victim, witness, thief, documents } = stage;
  const peer = stage.attack();
  await world.run();
  expect(peer.level()).toBe(1);
  for (const [at, document] of documents.entries()) {
    const attack = list(document)[at] as Attack;
    const { first, tip } = foothold(thief, document);
    await stage.note(victim, document);
    peer.push(2, [first.entry.bytes]);
    await world.run(500);
    expect(stage.counted(), `${attack.name}: the foothold`).toEqual({});
    const forged = thief.change({ document, seq: 2, previous: first.id, dependencies: [tip], payload: attack.payload });
    peer.push(2, forged.entries);
    await world.run(1_000);
    const reason = COUNTED[attack.fate];
    expect(stage.counted(), attack.name).toEqual(reason === null ? {} : { [reason]: 1 });
    const text = await stage.note(victim, document);
    if (reason === null) expect(text, attack.name).toContain(HONEST);
    else expect(text, attack.name).toBe(HONEST);
    await victim.edit(document, { type: 'note.append', text: `; more ${at}` });
    await world.run(1_000);
    const after = await stage.note(victim, document);
    expect(after, attack.name).toContain(`${HONEST}`);
    expect(after, attack.name).toContain(`; more ${at}`);
    expect(await stage.note(witness, document), attack.name).toBe(after);
  }
  expect(peer.closed()).toBeNull();
}

describe('A7 C20 C21 C23 hostile payloads, signed and sealed by a member', () => {
  const sample = attacks({ clientId: 2 ** 40, clock: 1 }, { clientId: 2 ** 41, clock: 12 });

  test('C20 every payload of the corpus is stopped at its own door, counted once, and the victim’s words stand', async () => {
    const stage = await createStage('payloads', sample.length);
    await everyPayload(stage, (document) => {
      const { me, victim } = foothold(stage.thief, document);
      return attacks(me, victim);
    });
  }, 120_000);

  test('C20 C23 8,000 tiny gapped changes are refused one by one and leave nothing pending', async () => {
    const stage = await createStage('gaps');
    const { world, victim, thief, documents } = stage;
    const document = documents[0] as DocumentId;
    const { first, me, tip } = foothold(thief, document);
    const peer = stage.attack();
    peer.push(2, [first.entry.bytes]);
    await world.run();
    const started = performance.now();
    peer.push(
      2,
      gappedPayloads(me, 8_000).map(
        (payload) => thief.change({ document, seq: 2, previous: first.id, dependencies: [tip], payload }).entry.bytes,
      ),
    );
    await world.run(60_000);
    expect(peer.idle()).toBe(true);
    expect(stage.counted()).toEqual({ 'bad-struct': 8_000 });
    expect(await stage.note(victim, document)).toBe(HONEST);
    await victim.edit(document, { type: 'note.append', text: ' and more' });
    await world.run();
    expect(await stage.note(stage.witness, document)).toBe(`${HONEST} and more`);
    process.stdout.write(`8,000 gapped changes: ${Math.round(performance.now() - started)} ms\n`);
  }, 120_000);
});

describe('A7 C7 C8 C18 C19 C21 forged changes around good content', () => {
  test('P9 every forgery is refused or waits, is counted by reason, and the victim’s words stand', async () => {
    const stage = await createStage('forgeries', FORGERIES.length);
    const { world, victim, witness, thief, documents } = stage;
    const peer = stage.attack();
    await world.run();
    for (const [at, forgery] of FORGERIES.entries()) {
      const document = documents[at] as DocumentId;
      const place = foothold(thief, document);
      const genuine = await victim.store.entry(thief.space, thief.rows(document)[0]?.entry as never);
      const other = documents[(at + 1) % documents.length] as DocumentId;
      peer.push(2, [place.first.entry.bytes]);
      await world.run(500);
      expect(stage.counted(), `${forgery.name}: the foothold`).toEqual({});
      for (const { lane, bytes } of forgery.make(thief, { ...place, document, other, genuine: genuine?.sealed ?? new Uint8Array(0) }))
        peer.push(lane, [bytes]);
      await world.run(1_000);
      expect(stage.counted(), forgery.name).toEqual(forgery.counts);
      expect(await stage.note(victim, document), forgery.name).toBe(HONEST);
      await victim.edit(document, { type: 'note.append', text: ` ${at}` });
      await world.run(500);
      expect(await stage.note(witness, document), forgery.name).toBe(`${HONEST} ${at}`);
      expect(peer.closed(), forgery.name).toBeNull();
    }
    for (const audited of (await victim.engine.audit(thief.space))?.documents ?? [])
      expect(audited).toMatchObject({ sound: true, wrongVerdicts: [] });
  }, 120_000);
});
