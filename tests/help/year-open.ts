/** A process that looks at one document for the first time: by an engine as the agent runs it, or by plain Yjs from its file. Prints milliseconds and characters as JSON. */
import { readFileSync } from 'node:fs';
import { makeId, type DocumentId, type SpaceId } from '@leanvibe/protocol/ids';
import * as Y from 'yjs';
import { startEngine } from './start-engine.js';

export interface Look {
  readonly ms: number;
  readonly characters: number;
}

/** `secrets`: three of 32 bytes, in hex. */
export interface Ours {
  readonly store: string;
  readonly secrets: readonly [string, string, string];
  readonly space: string;
  readonly document: string;
}

export interface Plain {
  readonly file: string;
}

const SETTLE_MS = 500;

function plain({ file }: Plain): Look {
  const from = performance.now();
  const doc = new Y.Doc();
  Y.applyUpdate(doc, readFileSync(file));
  const { length } = doc.getText('note').toString();
  return { ms: performance.now() - from, characters: length };
}

async function ours({ store: path, secrets, space, document }: Ours): Promise<Look> {
  const [signingSeed, sealingSecret, localKey] = secrets.map((one) => new Uint8Array(Buffer.from(one, 'hex'))) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const { engine, closeStore } = await startEngine({ path, secrets: { signingSeed, sealingSecret, localKey }, windowMs: 100 });
  // The document worker is up once it answers; what starting left to do in the background is not part of the look.
  await engine.view(engine.home(), engine.newDocument(), 'yjs', { type: 'note' });
  await new Promise((settled) => setTimeout(settled, SETTLE_MS));
  const from = performance.now();
  const note = (await engine.view(makeId<SpaceId>(Buffer.from(space, 'hex')), makeId<DocumentId>(Buffer.from(document, 'hex')), 'yjs', {
    type: 'note',
  })) as { readonly text: string };
  const ms = performance.now() - from;
  await engine.stop();
  await closeStore();
  return { ms, characters: note.text.length };
}

const asked = JSON.parse(process.argv[2] ?? '') as Ours | Plain;
process.stdout.write(JSON.stringify('file' in asked ? plain(asked) : await ours(asked)));
process.exit(0);
