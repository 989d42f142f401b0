/** Every attack stops at its door, and what is let through disturbs nobody. */
import { createYjsCrdt } from '@leanvibe/core/internal/doc/yjs';
import type { Closure } from '@leanvibe/core/internal/doc/crdt';
import type { DeviceId } from '@leanvibe/protocol/ids';
import { describe, expect, it } from 'vitest';
import { type Attack, attacks, deepeningPayloads, gappedPayloads } from '../../../attacks/payloads.js';

const ME = 2 ** 33 + 1;
const VICTIM = 2 ** 40 + 77;
const AUTHOR = 'aa'.repeat(32) as DeviceId;
const AT = '2026-01-01T00:00:00Z';
const yjs = createYjsCrdt();

/** A document in which the victim and the attacker have worked. */
function scene() {
  const replica = yjs.create();
  yjs.edit(replica, VICTIM, AUTHOR, { type: 'note.append', text: 'honest text' });
  yjs.edit(replica, VICTIM, AUTHOR, { type: 'task.add', id: 't1', title: 'honest task', by: 'ana', at: AT });
  yjs.edit(replica, ME, AUTHOR, { type: 'setting.set', key: 'mine', value: 1 });
  const clockEnd = (clientId: number): number =>
    replica.doc.store.clients.get(clientId)?.reduce((end, struct) => Math.max(end, struct.id.clock + struct.length), 0) ?? 0;
  const closure: Closure = { clockEnd, owned: (clientId) => clientId === ME };
  return { replica, closure, me: { clientId: ME, clock: clockEnd(ME) }, victim: { clientId: VICTIM, clock: clockEnd(VICTIM) } };
}

function judge(payload: Uint8Array): string {
  const { replica, closure } = scene();
  const inspected = yjs.inspect(payload);
  if (!inspected.ok) return inspected.error;
  const admitted = yjs.admit(inspected.value, closure);
  if (!admitted.ok) return admitted.error;
  yjs.apply(replica, payload, AUTHOR);
  return yjs.settled(replica) ? 'harmless' : 'unsettled';
}

const { me, victim } = scene();

describe('C20 C23 attack corpus', () => {
  it.each(attacks(me, victim).map((attack): [string, Attack] => [attack.name, attack]))('C20 %s', (_name, attack) => {
    const started = performance.now();
    expect(judge(attack.payload)).toBe(attack.fate);
    // Acceptance bound of quality.md for decoders.
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('P9 leaves honest content readable and editable after every harmless oddity', () => {
    for (const attack of attacks(me, victim).filter((one) => one.fate === 'harmless')) {
      const { replica } = scene();
      yjs.apply(replica, attack.payload, AUTHOR);
      expect((yjs.view(replica, { type: 'note' }) as { text: string }).text).toContain('honest text');
      for (const type of ['tasks', 'activity', 'suggestions', 'catalog', 'note.runs'])
        expect(() => yjs.view(replica, { type }), `${attack.name}: ${type}`).not.toThrow();
      yjs.view(replica, { type: 'trash', now: AT });
      const before = (yjs.view(replica, { type: 'note' }) as { text: string }).text;
      yjs.edit(replica, VICTIM, AUTHOR, { type: 'note.append', text: ' more' });
      yjs.edit(replica, VICTIM, AUTHOR, { type: 'note.replace', from: 0, to: 1, text: 'H' });
      yjs.edit(replica, VICTIM, AUTHOR, { type: 'task.add', id: 't2', title: 'another', by: 'ana', at: AT });
      expect((yjs.view(replica, { type: 'note' }) as { text: string }).text).toBe(`H${[...before].slice(1).join('')} more`);
      expect(yjs.view(replica, { type: 'tasks' })).toContainEqual(expect.objectContaining({ id: 't2', title: 'another' }));
      const again = yjs.load(yjs.save(replica));
      expect(Buffer.from(yjs.canonical(again)).equals(Buffer.from(yjs.canonical(replica))), attack.name).toBe(true);
    }
  });

  it('C23 refuses 8,000 gapped updates without keeping any', () => {
    const { replica, closure } = scene();
    const before = yjs.weight(replica);
    for (const payload of gappedPayloads(me, 8000)) {
      const inspected = yjs.inspect(payload);
      expect(inspected.ok && yjs.admit(inspected.value, closure)).toEqual({ ok: false, error: 'bad-struct' });
    }
    expect(yjs.weight(replica)).toBe(before);
  });

  it('C20 reports types that nest too deep over several changes, each within its limit', () => {
    const { replica } = scene();
    const fates = deepeningPayloads(me, 5).map((payload) => {
      expect(yjs.inspect(payload).ok).toBe(true);
      yjs.apply(replica, payload, AUTHOR);
      return yjs.settled(replica);
    });
    expect(fates).toEqual([true, true, true, true, false]);
  });
});
