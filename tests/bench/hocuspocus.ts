/** Hocuspocus in a process of its own, server or client: all documents share one socket. */
import { answerCalls } from './kit/child.js';
import { type Cost, costSoFar, countSockets, type Memory, memoryNow, nowMs } from './kit/meter.js';
import { type HocuspocusServer, loadHocuspocus, loadHocuspocusProvider, loadWs, loadYjs, type WsSocket, type YDoc } from './kit/peers.js';
import { noteOf } from './kit/note.js';

countSockets();
process.setMaxListeners(0);
const [Y, ws] = [await loadYjs(), await loadWs()];
const wire = { framesIn: 0, framesOut: 0 };
const docs = new Map<string, YDoc>();
let server: HocuspocusServer | null = null;
let leave: () => void = () => undefined;

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

const calls = {
  cost: (): Cost => costSoFar(),
  memory: (): Memory => memoryNow(),
  wire: () => ({ ...wire }),

  /** Serves documents d0, d1, … from memory. */
  async serve(count: number, bytes: number): Promise<number> {
    for (let number = 0; number < count; number++) {
      const doc = new Y.Doc();
      doc.getText('note').insert(0, noteOf(number, bytes));
      docs.set(`d${number}`, doc);
    }
    const { Server } = await loadHocuspocus();
    server = new Server({
      port: 0,
      address: '127.0.0.1',
      quiet: true,
      stopOnSignals: false,
      onLoadDocument: ({ documentName, document }: { readonly documentName: string; readonly document: YDoc }) => {
        const stored = docs.get(documentName);
        if (stored !== undefined) Y.applyUpdate(document, Y.encodeStateAsUpdate(stored));
        return Promise.resolve(document);
      },
    });
    await server.listen();
    return server.address.port;
  },
  async append(from: number, to: number, text: string): Promise<void> {
    for (let number = from; number < to; number++) {
      const stored = docs.get(`d${number}`);
      if (stored === undefined) continue;
      const direct = await server?.hocuspocus.openDirectConnection(`d${number}`);
      await direct?.transact((doc) => {
        const note = doc.getText('note');
        note.insert(note.length, text);
        Y.applyUpdate(stored, Y.encodeStateAsUpdate(doc));
      });
      await direct?.disconnect();
    }
  },

  /** Opens documents d0, d1, … over one socket; answers when all are synced. */
  async joinAll(port: number, count: number): Promise<{ readonly startMs: number; readonly endMs: number }> {
    const { HocuspocusProvider, HocuspocusProviderWebsocket } = await loadHocuspocusProvider();
    const startMs = nowMs();
    const socket = new HocuspocusProviderWebsocket({ url: `ws://127.0.0.1:${port}`, WebSocketPolyfill: CountingSocket });
    leave = () => socket.destroy();
    await Promise.all(
      Array.from(
        { length: count },
        (_, number) =>
          new Promise<void>((settle) => {
            const name = `d${number}`;
            const document = docs.get(name) ?? new Y.Doc();
            docs.set(name, document);
            const provider = new HocuspocusProvider({ websocketProvider: socket, name, document, onSynced: () => settle() });
            provider.attach();
          }),
      ),
    );
    return { startMs, endMs: nowMs() };
  },
  leaveAll: (): void => leave(),
  ending: (text: string): number => [...docs.values()].filter((doc) => doc.getText('note').toString().endsWith(text)).length,
};
export type HocuspocusCalls = typeof calls;
answerCalls<HocuspocusCalls>(calls);
