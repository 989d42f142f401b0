/** What the benchmarks make one of our devices do: typing, filling, waiting until something is to be seen. */
import type { Json } from '@leanvibe/core/internal/doc/crdt';
import type { EngineEvent } from '@leanvibe/core/internal/engine/api';
import type { DocumentId } from '@leanvibe/protocol/ids';
import * as Y from 'yjs';
import type { Device } from './device.js';
import { nowMs } from './kit/meter.js';
import { noteOf } from './kit/note.js';
import { endOf, type Trace } from './kit/trace.js';

/** Edits an app has under way before it waits for the oldest: nothing is typed into the void. */
const IN_FLIGHT_MAX = 256;

export interface Typed {
  readonly startMs: number;
  /** Every edit was kept on this device's disk. */
  readonly keptMs: number;
}

export function createWorkloads(device: () => Device, loadTrace: () => Trace) {
  let trace: Trace | null = null;
  const edits = (from: number, to: number): Trace['edits'] => (trace ??= loadTrace()).edits.slice(from, to);

  const edit = async (document: DocumentId, command: Json): Promise<void> => {
    const { engine } = device();
    const done = await engine.edit(engine.home(), document, 'yjs', command);
    if (!done.ok) throw new Error(`${done.error.code}: ${done.error.message}`);
  };

  const clocks = async (document: DocumentId): Promise<number> => {
    const { engine } = device();
    const pairs = (await engine.view(engine.home(), document, 'yjs', { type: 'yjs.clock' })) as readonly (readonly [number, number])[];
    return pairs.reduce((sum, [, clock]) => sum + clock, 0);
  };

  /** Told after every event of a document until `look` is satisfied; looks one at a time. */
  const watch = (look: () => Promise<boolean>, concerns: (event: EngineEvent) => boolean): Promise<void> =>
    new Promise((settle, fail) => {
      let looking = false;
      let again = false;
      const check = (): void => {
        again = true;
        if (looking) return;
        looking = true;
        void (async () => {
          try {
            while (again) {
              again = false;
              if (!(await look())) continue;
              stop();
              return settle();
            }
          } catch (error) {
            stop();
            fail(error instanceof Error ? error : new Error(String(error)));
          } finally {
            looking = false;
          }
        })();
      };
      const stop = device().engine.subscribe((event) => {
        if (concerns(event)) check();
      });
      check();
    });

  return {
    /** One edit command per edit of the trace, as fast as the engine takes them; `together` of them are handed over and awaited at a time, 1 for a stream. */
    async replay(document: DocumentId, from: number, to: number, together: number): Promise<Typed> {
      const all = edits(from, to);
      const startMs = nowMs();
      const under: Promise<void>[] = [];
      let done = 0;
      for (const [at, removed, inserted = ''] of all) {
        under.push(edit(document, { type: 'note.replace', from: at, to: at + removed, text: inserted }));
        if (together > 1 && under.length - done >= together) {
          await Promise.all(under.slice(done));
          done = under.length;
        } else if (under.length - done >= IN_FLIGHT_MAX) await under[done++];
      }
      await Promise.all(under.slice(done));
      return { startMs, keptMs: nowMs() };
    },

    /** The same through another app's Yjs document: its own Y.Doc, one transaction per `together` edits, each handed over as an update. */
    async replayRaw(document: DocumentId, from: number, to: number, together: number): Promise<Typed> {
      const all = edits(from, to);
      const doc = new Y.Doc();
      const note = doc.getText('note');
      const under: Promise<void>[] = [];
      let done = 0;
      doc.on('update', (update: Uint8Array) =>
        under.push(edit(document, { type: 'yjs.update', update: Buffer.from(update).toString('base64') })),
      );
      const startMs = nowMs();
      for (let at = 0; at < all.length; at += together) {
        doc.transact(() => {
          for (const [position, removed, inserted = ''] of all.slice(at, at + together)) {
            if (removed > 0) note.delete(position, removed);
            if (inserted !== '') note.insert(position, inserted);
          }
        });
        if (under.length - done >= IN_FLIGHT_MAX) await under[done++];
        else if ((at / together) % 64 === 63) await new Promise((go) => setImmediate(go));
      }
      await Promise.all(under.slice(done));
      return { startMs, keptMs: nowMs() };
    },

    /** When this device can read all of the trace's edits from 0 to `to`. */
    async untilReplayed(document: DocumentId, to: number): Promise<number> {
      const end = endOf(edits(0, to));
      const { engine } = device();
      await watch(
        async () => {
          if ((await clocks(document)) < end.clocks) return false;
          const note = (await engine.view(engine.home(), document, 'yjs', { type: 'note' })) as { readonly text: string };
          return note.text === end.text;
        },
        (event) => event.type === 'document' && event.document === document,
      );
      return nowMs();
    },

    /** `count` single characters, `everyMs` apart; when each was typed. */
    async type(document: DocumentId, count: number, everyMs: number): Promise<readonly number[]> {
      const at: number[] = [];
      const under: Promise<void>[] = [];
      const first = nowMs() + everyMs;
      for (let made = 0; made < count; made++) {
        await new Promise((go) => setTimeout(go, Math.max(0, first + made * everyMs - nowMs())));
        at.push(nowMs());
        under.push(edit(document, { type: 'note.replace', from: 0, to: 0, text: 'x' }));
      }
      await Promise.all(under);
      return at;
    },

    /** When each of the next `count` characters could be read here. Answers after the last. */
    async seen(document: DocumentId, base: number, count: number): Promise<readonly number[]> {
      const at: number[] = [];
      await watch(
        async () => {
          const visible = (await clocks(document)) - base;
          const now = nowMs();
          while (at.length < visible) at.push(now);
          return at.length >= count;
        },
        (event) => event.type === 'document' && event.document === document,
      );
      return at;
    },

    clocks,

    /** Documents holding a note of `bytes` characters each. */
    async fill(count: number, bytes: number): Promise<readonly DocumentId[]> {
      const { engine } = device();
      const documents = Array.from({ length: count }, () => engine.newDocument());
      for (let at = 0; at < count; at += IN_FLIGHT_MAX)
        await Promise.all(
          documents
            .slice(at, at + IN_FLIGHT_MAX)
            .map((document, more) => edit(document, { type: 'note.append', text: noteOf(at + more, bytes) })),
        );
      return documents;
    },

    async append(documents: readonly DocumentId[], text: string): Promise<void> {
      await Promise.all(documents.map((document) => edit(document, { type: 'note.append', text })));
    },

    /** When all these documents could be read here and end with `text`. */
    async untilEnding(documents: readonly DocumentId[], text: string): Promise<number> {
      const { engine } = device();
      const left = new Set(documents);
      const told = new Set(documents);
      const stop = engine.subscribe((event) => {
        if (event.type === 'document' && left.has(event.document)) told.add(event.document);
      });
      await watch(
        async () => {
          const look = [...told];
          told.clear();
          for (const document of look) {
            const note = (await engine.view(engine.home(), document, 'yjs', { type: 'note' })) as { readonly text: string };
            if (note.text.endsWith(text)) left.delete(document);
          }
          return left.size === 0;
        },
        (event) => event.type === 'document',
      );
      stop();
      return nowMs();
    },

    /** When the engine has told of `count` different documents of its peers; from then on each can be read here. */
    async untilTold(count: number): Promise<number> {
      const told = new Set<DocumentId>();
      await new Promise<void>((settle) => {
        const stop = device().engine.subscribe((event) => {
          if (event.type !== 'document') return;
          told.add(event.document);
          if (told.size < count) return;
          stop();
          settle();
        });
      });
      return nowMs();
    },

    /** Reads every document once; how many end with `text`. */
    async readAll(documents: readonly DocumentId[], text: string): Promise<number> {
      const { engine } = device();
      let right = 0;
      for (let at = 0; at < documents.length; at += IN_FLIGHT_MAX) {
        const views = documents
          .slice(at, at + IN_FLIGHT_MAX)
          .map((document) => engine.view(engine.home(), document, 'yjs', { type: 'note' }));
        for (const view of await Promise.all(views)) if ((view as { readonly text: string }).text.endsWith(text)) right += 1;
      }
      return right;
    },
  };
}
