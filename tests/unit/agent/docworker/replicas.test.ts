/** Replicas in a worker: same answers as in process, hostile payloads held in bounded time, the main loop undisturbed. */
import { inProcessReplicas } from '@leanvibe/core/internal/doc/replicas';
import { createCrdts } from '@leanvibe/core/internal/doc/registry';
import { CommandRefused, type Replicas } from '@leanvibe/core/internal/doc/crdt';
import { ReplicaClosed } from '@leanvibe/core/internal/doc/host';
import type { Clock } from '@leanvibe/core/internal/ports/clock';
import { createWorkerReplicas, type WorkerReplicasOptions } from '@leanvibe/agent/internal/docworker/replicas';
import type { DeviceId, DocumentId } from '@leanvibe/protocol/ids';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { attacks, deepeningPayloads, memoryPayload, slowPayload, V2_HANG } from '../../../attacks/payloads.js';

const AUTHOR = 'ab'.repeat(32) as DeviceId;
const ME = { clientId: 2 ** 33 + 5, clock: 0 };
const CLIENT = 2 ** 40 + 1;
const doc = (name: number): DocumentId => name.toString(16).padStart(64, '0') as DocumentId;

const clock: Clock = {
  nowMs: () => Date.now(),
  turn: () => Promise.resolve(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
const running: Replicas[] = [];
function start(options: WorkerReplicasOptions = {}): Replicas {
  const replicas = createWorkerReplicas({ clock, logger: { log: () => undefined } }, { model: true, ...options });
  running.push(replicas);
  return replicas;
}
afterEach(async () => {
  for (const replicas of running.splice(0)) await replicas.stop();
});

async function work(replicas: Replicas): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  await replicas.open(doc(1), 'yjs', null);
  const edits = await Promise.all(['a', 'b', 'c'].map((text) => replicas.edit(doc(1), CLIENT, AUTHOR, { type: 'note.append', text })));
  seen.push(edits, await replicas.view(doc(1), { type: 'note' }));
  const merged = await replicas.merge(
    doc(1),
    CLIENT,
    edits.map((edit) => edit.update),
  );
  seen.push(merged, await replicas.inspect('yjs', merged), await replicas.inspect('yjs', V2_HANG));
  await replicas.open(doc(2), 'yjs', await replicas.save(doc(1)));
  seen.push(await replicas.canonical(doc(2)), await replicas.apply(doc(2), [{ payload: merged, author: AUTHOR }]), replicas.isOpen(doc(2)));
  await replicas.close(doc(2));
  seen.push(replicas.isOpen(doc(2)));
  await expect(replicas.view(doc(2), { type: 'note' })).rejects.toThrow(ReplicaClosed);
  await expect(replicas.view(doc(1), { type: 'nonsense' })).rejects.toThrow(CommandRefused);
  await expect(replicas.open(doc(1), 'yjs', null)).rejects.toThrow('open already');
  return seen;
}

describe('C23 worker replicas', () => {
  it('C23 answers as replicas in process do', async () => {
    expect(await work(start())).toEqual(await work(inProcessReplicas(createCrdts())));
  });

  it('C23 holds a payload that takes too long, names the other documents as lost, and goes on with a new worker', async () => {
    const replicas = start({ budgetMs: 300 });
    const lost: DocumentId[] = [];
    replicas.onLost((documents) => lost.push(...documents));
    await replicas.open(doc(1), 'yjs', null);
    await replicas.open(doc(2), 'yjs', null);
    const honest = await replicas.edit(doc(2), CLIENT, AUTHOR, { type: 'note.append', text: 'honest' });
    const slow = slowPayload(ME, 60_000);
    expect(await replicas.inspect('yjs', slow)).toMatchObject({ ok: true });
    const started = performance.now();
    const applying = replicas.apply(doc(1), [
      { payload: honest.update, author: AUTHOR },
      { payload: slow, author: AUTHOR },
    ]);
    // A large payload is copied in turns first; these are asked for while it is applied.
    await sleep(100);
    const viewing = replicas.view(doc(2), { type: 'note' });
    const inspecting = replicas.inspect('yjs', honest.update);
    viewing.catch(() => undefined);
    expect(await applying).toEqual({ ok: false, error: { heldAt: 1, reason: 'budget' } });
    // Acceptance bound: a worker is ended within a second.
    expect(performance.now() - started).toBeLessThan(1000);
    await expect(viewing).rejects.toThrow(ReplicaClosed);
    expect(await inspecting).toMatchObject({ ok: true });
    expect(lost).toEqual([doc(2)]);
    expect(replicas.isOpen(doc(1))).toBe(false);
    await replicas.open(doc(1), 'yjs', null);
    expect(await replicas.apply(doc(1), [{ payload: honest.update, author: AUTHOR }])).toEqual({ ok: true, value: null });
    expect(await replicas.view(doc(1), { type: 'note' })).toEqual({ text: 'honest' });
  });

  it('C23 P9 a large payload that takes too long to look at costs no open document anything, nor does asking meanwhile', async () => {
    const replicas = start({ budgetMs: 300 });
    const lost: DocumentId[] = [];
    replicas.onLost((documents) => lost.push(...documents));
    await replicas.open(doc(1), 'yjs', null);
    await replicas.edit(doc(1), CLIENT, AUTHOR, { type: 'note.append', text: 'honest' });
    let looked = false;
    const looking = replicas.inspect('yjs', memoryPayload(ME, 1_000_000)).finally(() => (looked = true));
    for (let asked = 0; asked < 5; asked++) expect(await replicas.view(doc(1), { type: 'note' })).toEqual({ text: 'honest' });
    expect(looked).toBe(false);
    expect(await looking).toEqual({ ok: false, error: 'held' });
    expect(await replicas.view(doc(1), { type: 'note' })).toEqual({ text: 'honest' });
    expect(lost).toEqual([]);
    // The next one is looked at as if nothing had been.
    expect(await replicas.inspect('yjs', memoryPayload(ME, 20_000))).toMatchObject({ ok: true });
  });

  it('C23 holds a payload that takes too much memory', async () => {
    const replicas = start({ budgetMs: 5000, maxOldGenerationMb: 48 });
    await replicas.open(doc(1), 'yjs', null);
    expect(await replicas.apply(doc(1), [{ payload: memoryPayload(ME, 200_000), author: AUTHOR }])).toEqual({
      ok: false,
      error: { heldAt: 0, reason: 'budget' },
    });
    await replicas.open(doc(1), 'yjs', null);
    expect(await replicas.view(doc(1), { type: 'note' })).toEqual({ text: '' });
  });

  it('C20 tells a broken rule from an exhausted budget, and keeps the other documents', async () => {
    const replicas = start();
    await replicas.open(doc(1), 'yjs', null);
    await replicas.open(doc(2), 'yjs', null);
    const changes = deepeningPayloads(ME, 6).map((payload) => ({ payload, author: AUTHOR }));
    expect(await replicas.apply(doc(1), changes)).toEqual({ ok: false, error: { heldAt: 4, reason: 'unsettled' } });
    expect([replicas.isOpen(doc(1)), replicas.isOpen(doc(2))]).toEqual([false, true]);
    expect(await replicas.view(doc(2), { type: 'note' })).toEqual({ text: '' });
  });

  it('C23 keeps the main loop responsive while every attack runs, and honest documents alive', async () => {
    const replicas = start({ budgetMs: 200, maxOldGenerationMb: 128 });
    const delay = monitorEventLoopDelay({ resolution: 1 });
    const hostile = [...attacks({ ...ME, clock: 3 }, { clientId: CLIENT, clock: 6 }).map((attack) => attack.payload), V2_HANG];
    const big = [slowPayload(ME, 60_000), memoryPayload(ME, 150_000)];
    delay.enable();
    for (let round = 0; round < 3; round++) {
      await Promise.all(hostile.map((payload) => replicas.inspect('yjs', payload)));
      for (const payload of big) {
        if (!replicas.isOpen(doc(7))) await replicas.open(doc(7), 'yjs', null);
        expect((await replicas.apply(doc(7), [{ payload, author: AUTHOR }])).ok).toBe(false);
      }
      await replicas.open(doc(8 + round), 'yjs', null);
      await replicas.edit(doc(8 + round), CLIENT, AUTHOR, { type: 'note.append', text: 'x' });
      expect(await replicas.view(doc(8 + round), { type: 'note' })).toEqual({ text: 'x' });
    }
    delay.disable();
    const p99 = delay.percentile(99) / 1e6;
    process.stdout.write(
      `main loop lag under attack: p50 ${(delay.percentile(50) / 1e6).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, max ${(delay.max / 1e6).toFixed(1)} ms\n`,
    );
    // Acceptance bound of quality.md.
    expect(p99).toBeLessThan(50);
  });
});
