/** A relay that lies, as a program people would reach: what stands before a real one, passes everything on, and changes what it tells one device. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isLogFrame, type LogMessage, logMessage } from '@leanvibe/protocol/peer';
import { relayUp } from '@leanvibe/protocol/relay';
import { decode, encode } from '@leanvibe/protocol/shape';
import { onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';

export interface LyingRelay {
  readonly origin: string;
  /** Which real relay stands behind it. */
  behind(port: number): void;
  /** Lies to the device that came as the nth, by its token; null: to nobody. */
  lie(nth: number | null, change: Change): void;
}

/** Messages of log conversations as the device is to hear them, or as it said them; `answer` speaks for the relay. */
export interface Change {
  down?(message: LogMessage): readonly LogMessage[];
  up?(message: LogMessage, answer: (message: LogMessage) => void): readonly LogMessage[];
}

function tokenIn(frame: Uint8Array): string | null {
  const read = isLogFrame(frame) ? null : decode(relayUp, frame);
  return read?.ok === true && read.value.type === 'hello' ? read.value.token : null;
}

function changed(frame: Uint8Array, change: (message: LogMessage) => readonly LogMessage[]): readonly Uint8Array[] {
  const read = isLogFrame(frame) ? decode(logMessage, frame) : null;
  return read?.ok === true ? change(read.value).map((message) => encode(logMessage, message)) : [frame];
}

export async function lyingRelay(): Promise<LyingRelay> {
  const tokens: string[] = [];
  let [port, victim, lies]: [number, number | null, Change] = [0, null, {}];
  const pass = (asked: IncomingMessage, answer: ServerResponse): void => {
    const { headers, method, url } = asked;
    const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(answer);
    });
    onward.on('error', () => answer.writeHead(502).end());
    asked.pipe(onward);
  };
  const server = createServer(pass);
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  sockets.on('connection', (device) => {
    const relay = new WebSocket(`ws://127.0.0.1:${port}/sync`, { perMessageDeflate: false });
    const early: Uint8Array[] = [];
    let nth = -1;
    const lied = (): Change => (nth === victim ? lies : {});
    const toRelay = (frame: Uint8Array): void => {
      if (relay.readyState === relay.OPEN) relay.send(frame);
      else early.push(frame);
    };
    const answer = (message: LogMessage): void => device.send(encode(logMessage, message));
    device.on('message', (data: Buffer) => {
      const token = tokenIn(data);
      if (token !== null) {
        if (!tokens.includes(token)) tokens.push(token);
        nth = tokens.indexOf(token);
      }
      for (const frame of changed(data, (message) => lied().up?.(message, answer) ?? [message])) toRelay(frame);
    });
    relay.on('open', () => {
      for (const frame of early.splice(0)) relay.send(frame);
    });
    relay.on('message', (data: Buffer) => {
      for (const frame of changed(data, (message) => lied().down?.(message) ?? [message])) device.send(frame);
    });
    for (const [one, other] of [
      [device, relay],
      [relay, device],
    ] as const) {
      one.on('close', () => other.close());
      one.on('error', () => other.terminate());
    }
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const one of sockets.clients) one.terminate();
    await new Promise((resolve) => void server.close(resolve));
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    behind(given) {
      port = given;
    },
    lie(nth, change) {
      [victim, lies] = [nth, change];
    },
  };
}
