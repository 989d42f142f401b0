/** The least a fan-out can be, in a process of its own: a WebSocket server that sends each message to everybody else. */
import { answerCalls } from './kit/child.js';
import { type Cost, costSoFar, countSockets, type Memory, memoryNow } from './kit/meter.js';
import { WebSocketServer } from 'ws';

countSockets();

const calls = {
  async start(): Promise<number> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
    server.on('connection', (one) => {
      one.on('message', (data, binary) => {
        for (const other of server.clients) if (other !== one) other.send(data, { binary });
      });
    });
    await new Promise<void>((settle) => void server.once('listening', settle));
    return (server.address() as { readonly port: number }).port;
  },
  cost: (): Cost => costSoFar(),
  memory: (): Memory => memoryNow(),
};
export type RawServerCalls = typeof calls;
answerCalls<RawServerCalls>(calls);
