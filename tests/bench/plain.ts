/** Plain Yjs in a process of its own: reads a file, as an app without an engine would. */
import { readFileSync } from 'node:fs';
import { answerCalls } from './kit/child.js';
import { loadYjs } from './kit/peers.js';

const Y = await loadYjs();

const calls = {
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
