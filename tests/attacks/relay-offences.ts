/** What hostile clients do, written on raw sockets. HELD: each holds a socket for as long as it may. AIMED: each is one blow, done again and again. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { relayUp } from '@leanvibe/protocol/relay';
import { encode } from '@leanvibe/protocol/shape';
import { WIRE_VERSION, WIRE_VERSION_MIN } from '@leanvibe/protocol/version';

/** A socket of an attacker, and what became of it. */
export interface Sent {
  /** When it was connected. */
  beganMs: number;
  endedMs: number | null;
  /** Of the first answer; 0 before there is one. */
  status: number;
  bytes(): number;
}

export interface Target {
  readonly port: number;
  /** Device tokens with spaces between. */
  readonly token: string;
}

const HOST = 'Host: relay.test';
const JSON_BODY = `${HOST}\r\nContent-Type: application/json`;
const DRIP_MS = 1_000;

/** As a trusted proxy would tell it: each from an address of its own, so that rates by address stop nobody. */
function fromAnywhere(): string {
  return `X-Forwarded-For: 10.${[...randomBytes(3)].join('.')}`;
}

function open({ port }: Target, use: (socket: Socket, sent: Sent) => void): Sent {
  const socket = connect({ host: '127.0.0.1', port });
  const sent: Sent = { beganMs: performance.now(), endedMs: null, status: 0, bytes: () => socket.bytesWritten };
  socket.on('error', () => socket.destroy());
  socket.once('close', () => (sent.endedMs = performance.now()));
  socket.once('data', (first: Buffer) => (sent.status = Number(/^HTTP\/1\.1 (\d+)/.exec(first.toString('latin1'))?.[1] ?? 0)));
  socket.once('connect', () => {
    sent.beganMs = performance.now();
    use(socket, sent);
  });
  return sent;
}

/** Says something every second until the socket is gone. */
function drip(socket: Socket, what: () => string | Buffer): void {
  const timer = setInterval(() => socket.write(what()), DRIP_MS);
  socket.once('close', () => clearInterval(timer));
}

/** Writes as fast as the other end takes it. */
function pump(socket: Socket, what: Buffer, bytesMax = Number.POSITIVE_INFINITY): void {
  let left = bytesMax;
  const more = (): void => {
    while (left > 0 && !socket.destroyed) {
      left -= what.length;
      if (!socket.write(what)) return void socket.once('drain', more);
    }
  };
  more();
}

function upgrade(path = '/sync'): string {
  const key = randomBytes(16).toString('base64');
  return `GET ${path} HTTP/1.1\r\n${HOST}\r\n${fromAnywhere()}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`;
}

/** A masked frame (RFC 6455, 5.2) whose mask is zero; `whole` false: with more of it to come. */
export function frame(opcode: number, payload: Uint8Array = new Uint8Array(), whole = true): Buffer {
  const long = payload.length > 125;
  const head = Buffer.alloc(long ? 8 : 6);
  head[0] = (whole ? 0x80 : 0) | opcode;
  head[1] = 0x80 | (long ? 126 : payload.length);
  if (long) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

const [CONTINUED, TEXT, BINARY, PING] = [0, 1, 2, 9] as const;

/** Of a guest, who needs no account. */
function hello(): Buffer {
  const said = { type: 'hello', version: WIRE_VERSION, versionMin: WIRE_VERSION_MIN, origin: 'http://relay.test', token: null } as const;
  return frame(BINARY, encode(relayUp, said));
}

/** Opens a WebSocket, and then does as it likes. */
function openSync(target: Target, use: (socket: Socket) => void): Sent {
  return open(target, (socket, sent) => {
    socket.once('data', () => {
      if (sent.status === 101) use(socket);
    });
    socket.write(upgrade());
  });
}

/** One token of several. */
function firstOf(tokens: string): string {
  return tokens.split(' ')[0] ?? '';
}

function asking(): string {
  return `GET /openapi.json HTTP/1.1\r\n${HOST}\r\n${fromAnywhere()}\r\n\r\n`;
}

const times = (what: Buffer, count: number): Buffer => Buffer.concat(Array.from({ length: count }, () => what));

export const HELD: Readonly<Record<string, (target: Target) => Sent>> = {
  /** A connection and nothing else. */
  silent: (target) => open(target, () => undefined),
  'slow-headers': (target) =>
    open(target, (socket) => {
      socket.write(`GET /health/live HTTP/1.1\r\n${HOST}\r\n`);
      drip(socket, () => `X-${randomBytes(2).toString('hex')}: a\r\n`);
    }),
  'slow-body': (target) =>
    open(target, (socket) => {
      socket.write(`POST /api/v1/auth/login HTTP/1.1\r\n${JSON_BODY}\r\n${fromAnywhere()}\r\nContent-Length: 20000\r\n\r\n{`);
      drip(socket, () => ' ');
    }),
  'slow-upgrade': (target) =>
    open(target, (socket) => {
      socket.write(upgrade().slice(0, -2));
      drip(socket, () => `X-${randomBytes(2).toString('hex')}: a\r\n`);
    }),
  'no-hello': (target) => openSync(target, () => undefined),
  /** A message that is never whole, with pings between its fragments. */
  unfinished: (target) =>
    openSync(target, (socket) => {
      socket.write(hello());
      socket.write(frame(BINARY, Buffer.from([1]), false));
      drip(socket, () => frame(PING));
    }),
  /** One frame of a megabyte, a byte a second. */
  'unfinished-frame': (target) =>
    openSync(target, (socket) => {
      socket.write(hello());
      socket.write(Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 15, 0, 0, 0, 0, 0, 0]));
      drip(socket, () => Buffer.from([0]));
    }),
  /** Four hundred requests in one piece. */
  pipelined: (target) => open(target, (socket) => socket.write(asking().repeat(400))),
};

export const AIMED: Readonly<Record<string, (target: Target) => Sent>> = {
  'two-thousand-headers': (target) =>
    open(target, (socket) => {
      const headers = Array.from({ length: 2_000 }, (_, at) => `a${at}:`).join('\r\n');
      socket.write(`GET /api/v1/plans HTTP/1.1\r\n${HOST}\r\n${headers}\r\n\r\n`);
    }),
  /** A gigabyte in chunks. */
  'chunked-body': (target) =>
    open(target, (socket) => {
      socket.write(`POST /api/v1/auth/login HTTP/1.1\r\n${JSON_BODY}\r\n${fromAnywhere()}\r\nTransfer-Encoding: chunked\r\n\r\n`);
      pump(socket, Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000, ' '), Buffer.from('\r\n')]), 1024 ** 3);
    }),
  /** More of a message that nobody began. */
  'fragments-of-nothing': (target) => openSync(target, (socket) => pump(socket, times(frame(CONTINUED, new Uint8Array(), false), 1_000))),
  fragments: (target) =>
    openSync(target, (socket) => {
      socket.write(frame(BINARY, Buffer.from([1]), false));
      pump(socket, times(frame(CONTINUED, Buffer.from([1]), false), 1_000));
    }),
  pings: (target) => openSync(target, (socket) => pump(socket, times(frame(PING, Buffer.alloc(125)), 1_000))),
  texts: (target) => openSync(target, (socket) => pump(socket, times(frame(TEXT, Buffer.from('hello')), 1_000))),
  nonsense: (target) => openSync(target, (socket) => pump(socket, times(frame(BINARY, Buffer.from([255, 255, 255])), 1_000))),
  'token-in-upgrade': (target) => open(target, (socket) => socket.write(upgrade(`/sync?token=${firstOf(target.token)}`))),
  'token-in-address': (target) =>
    open(target, (socket) =>
      socket.write(`GET /api/v1/devices?access_token=${firstOf(target.token)} HTTP/1.1\r\n${HOST}\r\n${fromAnywhere()}\r\n\r\n`),
    ),
  /** Against one account, from one address. */
  'logins-one-address': (target) => signIn(target, 'victim@example.org', 'X-Forwarded-For: 10.7.7.7'),
  /** Against one account, from everywhere. */
  'logins-one-account': (target) => signIn(target, 'victim@example.org', fromAnywhere()),
  /** Against many accounts, from everywhere. */
  'logins-many-accounts': (target) => signIn(target, `${randomBytes(6).toString('hex')}@example.org`, fromAnywhere()),
};

function signIn(target: Target, email: string, from: string): Sent {
  const body = JSON.stringify({ email, password: 'a guess like any other' });
  return open(target, (socket) => {
    socket.write(
      `POST /api/v1/auth/login HTTP/1.1\r\n${JSON_BODY}\r\n${from}\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
  });
}
