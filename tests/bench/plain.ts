/** Plain Yjs in a process of its own: reads a file, as an app without an engine would. */
import { readFileSync, writeFileSync } from 'node:fs';
import { answerCalls } from './kit/child.js';
import { loadYjs } from './kit/peers.js';
import { loadTrace } from './kit/trace.js';

const Y = await loadYjs();

const calls = {
  /** The file that such an app would have after the trace's first `size` edits. */
  write(path: string, size: number): void {
    const doc = new Y.Doc();
    const text = doc.getText('note');
    for (const [at, removed, inserted = ''] of loadTrace().edits.slice(0, size)) {
      doc.transact(() => {
        if (removed > 0) text.delete(at, removed);
        if (inserted !== '') text.insert(at, inserted);
      });
    }
    writeFileSync(path, Y.encodeStateAsUpdate(doc));
  },
  open(path: string): { readonly ms: number; readonly characters: number } {
    const from = performance.now();
    const doc = new Y.Doc();
    Y.applyUpdate(doc, readFileSync(path));
    const { length } = doc.getText('note').toString();
    return { ms: performance.now() - from, characters: length };
  },
};
export type PlainCalls = typeof calls;
answerCalls<PlainCalls>(calls);
