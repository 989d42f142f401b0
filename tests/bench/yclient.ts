/** One y-websocket client in a process of its own: a Y.Doc and a provider for each document, as its documentation shows. */
import { answerCalls } from './kit/child.js';
import { type Cost, costSoFar, countSockets, nowMs } from './kit/meter.js';
import { loadWs, loadYjs, loadYWebsocket, type WsSocket, type YDoc, type YProvider } from './kit/peers.js';
import { endOf, loadTrace, type Trace } from './kit/trace.js';
import type { Typed } from './workloads.js';

countSockets();
// Each provider listens for the end of the process.
process.setMaxListeners(0);
const [Y, { WebsocketProvider }, ws] = [await loadYjs(), await loadYWebsocket(), await loadWs()];
const wire = { framesIn: 0, framesOut: 0 };
const open = new Map<string, { readonly doc: YDoc; readonly provider: YProvider }>();
let trace: Trace | null = null;
const edits = (from: number, to: number): Trace['edits'] => (trace ??= loadTrace()).edits.slice(from, to);

/** The package's own socket, counting its messages. */
class CountingSocket extends ws.WebSocket implements WsSocket {
  constructor(...args: readonly unknown[]) {
    super(...args);
    this.on('message', () => {
      wire.framesIn += 1;
    });
  }
  override send(...args: readonly unknown[]): void {
    wire.framesOut += 1;
    super.send(...args);
  }
}

function room(name: string): { readonly doc: YDoc; readonly provider: YProvider } {
  const known = open.get(name);
  if (known === undefined) throw new Error(`${name} is not open`);
  return known;
}

function join(port: number, name: string): Promise<void> {
  const doc = open.get(name)?.doc ?? new Y.Doc();
  const provider = new WebsocketProvider(`ws://127.0.0.1:${port}`, name, doc, { WebSocketPolyfill: CountingSocket, disableBc: true });
  open.set(name, { doc, provider });
  return new Promise((settle) => provider.on('sync', (synced) => synced && settle()));
}

function clocksOf(doc: YDoc): number {
  let sum = 0;
  for (const client of doc.store.clients.keys()) sum += Y.getState(doc.store, client);
  return sum;
}

const calls = {
  join,
  cost: (): Cost => costSoFar(),
  wire: () => ({ ...wire }),
  clocks: (name: string): number => clocksOf(room(name).doc),
  save: (name: string): Uint8Array => Y.encodeStateAsUpdate(room(name).doc),

  /** As fast as it goes, letting the network breathe. */
  async replay(name: string, from: number, to: number, perTransaction: number): Promise<Typed> {
    const { doc, provider } = room(name);
    const note = doc.getText('note');
    const all = edits(from, to);
    const startMs = nowMs();
    for (let at = 0; at < all.length; at += perTransaction) {
      doc.transact(() => {
        for (const [position, removed, inserted = ''] of all.slice(at, at + perTransaction)) {
          if (removed > 0) note.delete(position, removed);
          if (inserted !== '') note.insert(position, inserted);
        }
      });
      if ((at / perTransaction) % 64 === 63 || (provider.ws?.bufferedAmount ?? 0) > 1 << 20) await new Promise((go) => setImmediate(go));
    }
    return { startMs, keptMs: nowMs() };
  },

  async untilReplayed(name: string, to: number): Promise<number> {
    const { doc } = room(name);
    const end = endOf(edits(0, to));
    const there = (): boolean => clocksOf(doc) >= end.clocks && doc.getText('note').toString() === end.text;
    if (!there()) {
      await new Promise<void>((settle) => {
        const look = (): void => {
          if (!there()) return;
          doc.off('update', look);
          settle();
        };
        doc.on('update', look);
      });
    }
    return nowMs();
  },

  async type(name: string, count: number, everyMs: number): Promise<readonly number[]> {
    const note = room(name).doc.getText('note');
    const at: number[] = [];
    const first = nowMs() + everyMs;
    for (let made = 0; made < count; made++) {
      await new Promise((go) => setTimeout(go, Math.max(0, first + made * everyMs - nowMs())));
      at.push(nowMs());
      note.insert(0, 'x');
    }
    return at;
  },

  seen(name: string, base: number, count: number): Promise<readonly number[]> {
    const { doc } = room(name);
    const at: number[] = [];
    return new Promise((settle) => {
      const look = (): void => {
        const visible = clocksOf(doc) - base;
        const now = nowMs();
        while (at.length < visible) at.push(now);
        if (at.length < count) return;
        doc.off('update', look);
        settle(at);
      };
      doc.on('update', look);
    });
  },

  /** Opens documents d0, d1, …: a socket for each, which is how this library does it. Answers when all are synced. */
  async joinAll(port: number, count: number): Promise<{ readonly startMs: number; readonly endMs: number }> {
    const startMs = nowMs();
    await Promise.all(Array.from({ length: count }, (_, number) => join(port, `d${number}`)));
    return { startMs, endMs: nowMs() };
  },
  leaveAll(): void {
    for (const { provider } of open.values()) provider.destroy();
  },
  ending: (text: string): number => [...open.values()].filter(({ doc }) => doc.getText('note').toString().endsWith(text)).length,
};
export type YClientCalls = typeof calls;
answerCalls<YClientCalls>(calls);
