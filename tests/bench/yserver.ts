/** The compared server in a process of its own: @y/websocket-server as its own start script wires it, with y-leveldb when a folder is named by YPERSISTENCE. */
import { answerCalls } from './kit/child.js';
import { type Cost, costSoFar, countSockets, type Memory, memoryNow, nowMs } from './kit/meter.js';
import { loadWs, loadYjs, loadYServer } from './kit/peers.js';
import { noteOf } from './kit/note.js';

countSockets();
const [Y, server, ws] = [await loadYjs(), await loadYServer(), await loadWs()];

const calls = {
  async start(): Promise<number> {
    const listening = new ws.WebSocketServer({ host: '127.0.0.1', port: 0 });
    listening.on('connection', (connection, request) => server.setupWSConnection(connection, request));
    await new Promise<void>((settle) => listening.on('listening', settle));
    return listening.address().port;
  },
  cost: (): Cost => costSoFar(),
  memory: (): Memory => memoryNow(),
  /** When everything handed to LevelDB so far was written. */
  async durable(): Promise<number> {
    await server.getPersistence()?.provider._transact(async () => null);
    return nowMs();
  },
  /** Documents of one note each, held in memory as if somebody had them open. */
  fill(count: number, bytes: number): void {
    for (let number = 0; number < count; number++) server.getYDoc(`d${number}`).getText('note').insert(0, noteOf(number, bytes));
  },
  append(from: number, to: number, text: string): void {
    for (let number = from; number < to; number++) {
      const note = server.getYDoc(`d${number}`).getText('note');
      note.insert(note.length, text);
    }
  },
  /** A whole document at once, as somebody's upload. */
  load: (name: string, update: Uint8Array): void => Y.applyUpdate(server.getYDoc(name), update),
};
export type YServerCalls = typeof calls;
answerCalls<YServerCalls>(calls);
