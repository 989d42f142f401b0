/** A process that looks at one document for the first time: by an engine as the agent runs it, or by plain Yjs from its file. Prints milliseconds and characters as JSON. */
import { readFileSync } from 'node:fs';
import { createWorkerReplicas } from '@leanvibe/agent/internal/docworker/replicas';
import { openSqliteStore } from '@leanvibe/agent/internal/store/sqlite';
import { createSystemClock, systemRandom } from '@leanvibe/agent/internal/system/clock';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { createCrdts } from '@leanvibe/core/internal/doc/registry';
import { createEngine } from '@leanvibe/core/internal/engine/engine';
import { makeId, type DocumentId, type SpaceId } from '@leanvibe/protocol/ids';
import * as Y from 'yjs';

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
  const crypto = nativeCrypto();
  const clock = createSystemClock();
  const logger = { log: () => undefined };
  const store = await openSqliteStore({ logger, random: systemRandom, hashing: crypto, path });
  if (!store.ok) throw new Error(store.error.message);
  const [signingSeed, sealingSecret, localKey] = secrets.map((one) => new Uint8Array(Buffer.from(one, 'hex'))) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const engine = await createEngine({
    crypto,
    random: systemRandom,
    clock,
    logger,
    store: store.value,
    replicas: createWorkerReplicas({ clock, logger }),
    crdts: createCrdts(),
    secrets: { signingSeed, sealingSecret, localKey },
    deviceKind: 'computer',
    windowMs: 100,
    restored: false,
  });
  // The document worker is up once it answers; what starting left to do in the background is not part of the look.
  await engine.view(engine.home(), engine.newDocument(), 'yjs', { type: 'note' });
  await new Promise((settled) => setTimeout(settled, SETTLE_MS));
  const from = performance.now();
  const note = (await engine.view(makeId<SpaceId>(Buffer.from(space, 'hex')), makeId<DocumentId>(Buffer.from(document, 'hex')), 'yjs', {
    type: 'note',
  })) as { readonly text: string };
  const ms = performance.now() - from;
  await engine.stop();
  await store.value.close();
  return { ms, characters: note.text.length };
}

const asked = JSON.parse(process.argv[2] ?? '') as Ours | Plain;
process.stdout.write(JSON.stringify('file' in asked ? plain(asked) : await ours(asked)));
process.exit(0);
