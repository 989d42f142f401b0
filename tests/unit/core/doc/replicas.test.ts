/** In-process replicas: one order, plain errors, and no replica kept that an edit left half done. */
import { toBase64 } from '@leanvibe/core/internal/doc/base64';
import { ReplicaClosed } from '@leanvibe/core/internal/doc/host';
import { createCrdts } from '@leanvibe/core/internal/doc/registry';
import { inProcessReplicas } from '@leanvibe/core/internal/doc/replicas';
import type { DeviceId, DocumentId } from '@leanvibe/protocol/ids';
import { describe, expect, it } from 'vitest';
import { content, deepeningPayloads, item, update } from '../../../attacks/payloads.js';

const AUTHOR = 'ab'.repeat(32) as DeviceId;
const ONE = '01'.repeat(32) as DocumentId;
const TWO = '02'.repeat(32) as DocumentId;
const CLIENT = 2 ** 40 + 1;

describe('C23 replicas in process', () => {
  it('C19 never opens the simulation’s CRDT in a product', async () => {
    await expect(inProcessReplicas(createCrdts()).open(ONE, 'model', null)).rejects.toThrow('kind model');
    const simulated = inProcessReplicas(createCrdts({ model: true }));
    await simulated.open(ONE, 'model', null);
    expect(await simulated.view(ONE, { type: 'count' })).toBe(0);
  });

  it('C20 closes a document whose change broke a rule, and names the change', async () => {
    const replicas = inProcessReplicas(createCrdts());
    await replicas.open(ONE, 'yjs', null);
    const changes = deepeningPayloads({ clientId: 9, clock: 0 }, 6).map((payload) => ({ payload, author: AUTHOR }));
    expect(await replicas.apply(ONE, changes)).toEqual({ ok: false, error: { heldAt: 4, reason: 'unsettled' } });
    expect(replicas.isOpen(ONE)).toBe(false);
    await expect(replicas.save(ONE)).rejects.toThrow(ReplicaClosed);
  });

  it('C20 loses, and says so, the replica an app’s impossible update has half changed; refused commands cost nothing', async () => {
    const replicas = inProcessReplicas(createCrdts());
    const lost: DocumentId[] = [];
    const off = replicas.onLost((documents) => lost.push(...documents));
    await replicas.open(ONE, 'yjs', null);
    await replicas.open(TWO, 'yjs', null);
    await expect(replicas.edit(TWO, CLIENT, AUTHOR, { type: 'task.rm', id: 'x', by: 'a', at: '2026-01-01T00:00:00Z' })).rejects.toThrow(
      'no task',
    );
    const x = item({ parent: 'note' }, content.string('x'));
    const impossible = toBase64(update([{ clientId: 9, clock: 0, structs: [x, x] }]));
    await expect(replicas.edit(ONE, CLIENT, AUTHOR, { type: 'yjs.update', update: impossible })).rejects.toThrow('stands where no editor');
    expect([lost, replicas.isOpen(ONE), replicas.isOpen(TWO)]).toEqual([[ONE], false, true]);
    off();
    await replicas.stop();
  });
});
