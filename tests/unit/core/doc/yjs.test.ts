/** The Yjs CRDT beside plain Yjs: same bytes where it matters, no identity of its own, small merges, fast loads of its own states. */
import type { DeviceId } from '@leanvibe/protocol/ids';
import { fromBase64, toBase64 } from '@leanvibe/core/internal/doc/base64';
import { createYjsCrdt } from '@leanvibe/core/internal/doc/yjs';
import { foreignClients } from '@leanvibe/core/internal/doc/yjs-inspect';
import * as Y from 'yjs';
import { describe, expect, it, vi } from 'vitest';

const yjs = createYjsCrdt();
const AUTHOR = 'aa'.repeat(32) as DeviceId;
const ONE = 2 ** 40 + 1;
const TWO = 2 ** 41 + 1;
const AT = '2026-01-01T00:00:00Z';
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const note = (replica: ReturnType<typeof yjs.create>): string => (yjs.view(replica, { type: 'note' }) as { text: string }).text;

describe('Yjs replicas', () => {
  it('C17 an edit gives the bytes of the update event Yjs itself would emit', () => {
    const replica = yjs.create();
    const events: Uint8Array[] = [];
    replica.doc.on('update', (update: Uint8Array) => events.push(update));
    const edits = [
      { type: 'note.append', text: 'hello world' },
      { type: 'note.edit', text: 'hello brave new world' },
      { type: 'note.format', from: 2, to: 9, format: 'bold', value: true },
      { type: 'note.replace', from: 0, to: 5, text: 'Goodbye' },
      { type: 'task.add', id: 'a', title: 'T', by: 'ana', at: AT },
      { type: 'task.rm', id: 'a', by: 'ana', at: AT },
      { type: 'task.restore', id: 'a' },
    ].map((command) => yjs.edit(replica, ONE, AUTHOR, command).update);
    expect(edits.map(hex)).toEqual(events.map(hex));
  });

  it('C24 saves what Yjs would save, and loads what Yjs saved', () => {
    const replica = yjs.create();
    for (let step = 0; step < 50; step++)
      yjs.edit(replica, step % 2 === 0 ? ONE : TWO, AUTHOR, { type: 'note.replace', from: 0, to: step % 3 === 0 ? 0 : 1, text: 'ab' });
    expect(hex(yjs.save(replica))).toBe(hex(Y.encodeStateAsUpdate(replica.doc)));
    expect(hex(yjs.canonical(yjs.load(yjs.save(replica))))).toBe(hex(yjs.canonical(replica)));
  });

  it('C21 keeps no client id between edits, and none of Yjs’s own making', () => {
    const print = vi.spyOn(console, 'log');
    const replica = yjs.create();
    const idle = replica.doc.clientID;
    const { update } = yjs.edit(replica, ONE, AUTHOR, { type: 'note.append', text: 'x' });
    expect(replica.doc.clientID).toBe(idle);
    const other = yjs.create();
    yjs.edit(other, ONE, AUTHOR, { type: 'setting.set', key: 'k', value: 1 });
    // Receiving structs of the id it just used is what makes plain Yjs draw a random one.
    yjs.apply(replica, update, AUTHOR);
    yjs.apply(yjs.load(yjs.save(replica)), update, AUTHOR);
    expect(replica.doc.clientID).toBe(idle);
    yjs.edit(replica, ONE, AUTHOR, { type: 'note.append', text: 'y' });
    expect([...replica.doc.store.clients.keys()]).toEqual([ONE]);
    expect(() => yjs.edit(replica, TWO, AUTHOR, { type: 'task.title', id: 'none', title: 'x' })).toThrow('There is no task "none".');
    expect(replica.doc.clientID).toBe(idle);
    expect(yjs.settled(replica)).toBe(true);
    expect(print).not.toHaveBeenCalled();
    print.mockRestore();
  });

  it('C24 deletes nothing in nobody’s name when formats become redundant', () => {
    const [one, two] = [yjs.create(), yjs.create()];
    const start = yjs.edit(one, ONE, AUTHOR, { type: 'note.append', text: 'some text to be bold' }).update;
    yjs.apply(two, start, AUTHOR);
    yjs.edit(two, TWO, AUTHOR, { type: 'note.append', text: '' });
    const a = yjs.edit(one, ONE, AUTHOR, { type: 'note.format', from: 0, to: 9, format: 'bold', value: true }).update;
    const b = yjs.edit(two, TWO, AUTHOR, { type: 'note.format', from: 0, to: 9, format: 'bold', value: true }).update;
    const plain = new Y.Doc();
    plain.getText('note');
    let tidied = 0;
    plain.on('update', () => tidied++);
    for (const update of [start, a, b]) Y.applyUpdate(plain, update);
    // Plain Yjs tidies up at the receiver: one more update than it was given.
    expect(tidied).toBeGreaterThan(3);
    const third = yjs.create();
    for (const update of [start, b, a]) yjs.apply(third, update, AUTHOR);
    yjs.apply(one, b, AUTHOR);
    yjs.apply(two, a, AUTHOR);
    expect(new Set([one, two, third].map((replica) => hex(yjs.canonical(replica)))).size).toBe(1);
  });

  it('C17 merges a hundred edits into a payload the size of one', () => {
    const replica = yjs.create();
    for (let step = 0; step < 3000; step++)
      yjs.edit(replica, TWO, AUTHOR, { type: 'note.replace', from: (step * 7) % (step + 1), to: (step * 7) % (step + 1), text: 'w' });
    for (let step = 0; step < 1000; step++) yjs.edit(replica, TWO, AUTHOR, { type: 'note.replace', from: step, to: step + 1, text: '' });
    const basis = yjs.load(yjs.save(replica));
    const before = Y.encodeStateVector(replica.doc);
    const drafts = Array.from(
      { length: 100 },
      (_, step) => yjs.edit(replica, ONE, AUTHOR, { type: 'note.replace', from: 500 + step, to: 500 + step, text: 'x' }).update,
    );
    const merged = yjs.merge(replica, ONE, drafts);
    const single = yjs.edit(yjs.load(yjs.save(basis)), ONE, AUTHOR, {
      type: 'note.replace',
      from: 500,
      to: 500,
      text: 'x'.repeat(100),
    }).update;
    const diff = Y.encodeStateAsUpdate(replica.doc, before).length;
    process.stdout.write(`merge of 100 edits: ${merged.length} bytes; one transaction ${single.length}; state diff ${diff}\n`);
    expect(merged.length).toBeLessThanOrEqual(single.length + 4);
    expect(merged.length * 10).toBeLessThan(diff);
    yjs.apply(basis, merged, AUTHOR);
    expect(hex(yjs.canonical(basis))).toBe(hex(yjs.canonical(replica)));
  });

  it('C17 leaves edits made after the last draft out of the merge', () => {
    const replica = yjs.create();
    const drafts = ['a', 'b', 'c', 'd'].map((text) => yjs.edit(replica, ONE, AUTHOR, { type: 'note.append', text }).update);
    const first = yjs.merge(replica, ONE, drafts.slice(0, 2));
    const second = yjs.merge(replica, ONE, drafts.slice(2));
    const receiver = yjs.create();
    yjs.apply(receiver, first, AUTHOR);
    expect(note(receiver)).toBe('ab');
    yjs.apply(receiver, second, AUTHOR);
    expect(hex(yjs.canonical(receiver))).toBe(hex(yjs.canonical(replica)));
    expect(yjs.inspect(second)).toMatchObject({ ok: true, value: { writes: [{ clientId: ONE, clockStart: 2, clockEnd: 4 }] } });
  });

  it('C20 loses no concurrent insertion into a deleted type’s place, whatever came first', () => {
    const app = new Y.Doc();
    app.clientID = 7;
    app.getArray('list').insert(0, [new Y.Array()]);
    const start = Y.encodeStateAsUpdate(app);
    const other = new Y.Doc();
    Y.applyUpdate(other, start);
    other.clientID = 9;
    (other.getArray('list').get(0) as Y.Array<number>).push([1, 2]);
    const inside = Y.encodeStateAsUpdate(other, Y.encodeStateVector(app));
    const had = Y.encodeStateVector(app);
    app.getArray('list').delete(0);
    const removal = Y.encodeStateAsUpdate(app, had);
    const states = [
      [start, inside, removal],
      [start, removal, inside],
    ].map((updates) => {
      const replica = yjs.create();
      for (const update of updates) yjs.apply(replica, update, AUTHOR);
      return [hex(yjs.canonical(replica)), hex(yjs.save(replica))];
    });
    expect(states[0]).toEqual(states[1]);
  });

  it('C21 takes another app’s update under that app’s ids, and only what it adds', () => {
    const replica = yjs.create();
    const app = new Y.Doc();
    app.clientID = 12345;
    app.getText('note').insert(0, 'from an app');
    const update = Y.encodeStateAsUpdate(app);
    expect(foreignClients(update)).toEqual([12345]);
    expect(foreignClients(Uint8Array.of(1, 2, 3))).toEqual([]);
    const edited = yjs.edit(replica, ONE, AUTHOR, { type: 'yjs.update', update: toBase64(update) });
    expect(hex(edited.update)).toBe(hex(update));
    expect(note(replica)).toBe('from an app');
    expect(yjs.edit(replica, ONE, AUTHOR, { type: 'yjs.update', update: toBase64(update) }).update.length).toBe(0);
    app.getText('note').insert(0, '!');
    const whole = yjs.edit(replica, ONE, AUTHOR, { type: 'yjs.update', update: toBase64(Y.encodeStateAsUpdate(app)) });
    expect(yjs.inspect(whole.update)).toMatchObject({ ok: true, value: { writes: [{ clientId: 12345, clockStart: 11, clockEnd: 12 }] } });
    const { update: state } = yjs.view(replica, { type: 'yjs.state' }) as { update: string };
    expect(hex(fromBase64(state) as Uint8Array)).toBe(hex(yjs.save(replica)));
  });

  it('C20 refuses another app’s update that builds on what is missing, and stays as it was', () => {
    const replica = yjs.create();
    const app = new Y.Doc();
    app.getText('note').insert(0, 'first');
    const had = Y.encodeStateVector(app);
    app.getText('note').insert(5, ' second');
    const gap = toBase64(Y.encodeStateAsUpdate(app, had));
    expect(() => yjs.edit(replica, ONE, AUTHOR, { type: 'yjs.update', update: gap })).toThrow('builds on content');
    expect(() => yjs.edit(replica, ONE, AUTHOR, { type: 'yjs.update', update: 'AAAA' })).toThrow('no Yjs update');
    expect(() => yjs.edit(replica, ONE, AUTHOR, { type: 'yjs.update', update: '***' })).toThrow('base64');
    expect(yjs.settled(replica)).toBe(true);
    expect(note(replica)).toBe('');
  });

  it('C24 shows a lone surrogate alike here and everywhere', () => {
    const [one, two] = [yjs.create(), yjs.create()];
    yjs.apply(two, yjs.edit(one, ONE, AUTHOR, { type: 'note.append', text: 'a\ud83d!' }).update, AUTHOR);
    expect([note(one), note(two)]).toEqual(['a\ufffd!', 'a\ufffd!']);
  });

  it('C37 saves a document of many roots in time', () => {
    const replica = yjs.create();
    const app = new Y.Doc();
    for (let root = 0; root < 900; root++) app.getMap(`root ${root}`).set('k', root);
    yjs.apply(replica, Y.encodeStateAsUpdate(app), AUTHOR);
    expect(hex(yjs.save(replica))).toBe(hex(Y.encodeStateAsUpdate(app)));
    expect(yjs.weight(replica)).toBeGreaterThan(900 * 100);
  });
});
