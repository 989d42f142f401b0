/** One connection to a relay, frame by frame: hello and welcome, heartbeat, and who each message is for (C31). */
import { FRAME_BYTES_MAX } from '@leanvibe/protocol/limits';
import { isLogFrame, type LogMessage, logMessage } from '@leanvibe/protocol/peer';
import { RELAY_REFUSALS, type RelayDown, relayDown, type RelayRefusal, type RelayUp, relayUp } from '@leanvibe/protocol/relay';
import { decode, encode } from '@leanvibe/protocol/shape';
import { WIRE_VERSION, WIRE_VERSION_MIN } from '@leanvibe/protocol/version';
import type { Channel } from '../ports/channel.js';
import type { Cancel, Clock } from '../ports/clock.js';
import { createAnswerWatch } from './answers.js';

/** A pipe of whole frames to a relay; whoever dialled knows which relay it is. */
export type Line = Pick<Channel, 'send' | 'queuedBytes' | 'start' | 'close'>;

export interface Welcome {
  readonly nonce: Uint8Array;
  /** The relay's own names of this account and device; null without a token. */
  readonly account: string | null;
  readonly device: string | null;
}

export interface LineEvents {
  welcome(welcome: Welcome): void;
  /** Everything but what concerns the connection itself. */
  message(message: Exclude<RelayDown, { type: 'welcome' | 'ping' | 'pong' }>): void;
  log(message: LogMessage): void;
  drained(): void;
  silent(silent: boolean): void;
  /** The relay broke the protocol: counted. */
  malformed(detail: string): void;
  closed(reason: string): void;
}

export interface RelayLine {
  send(message: RelayUp): void;
  sendLog(message: LogMessage): void;
  queuedBytes(): number;
  /** Sees whether the relay still answers. */
  ping(): void;
  close(reason: string): void;
}

const HEARTBEAT_MS = 15_000;
/** Two seconds without an answer and then so long: the way to it is gone, whatever the socket believes, and another is tried. */
const SILENT_MS = 5_000;
const MISTAKES_MAX = 16;

export function openLine(
  clock: Clock,
  line: Line,
  hello: { readonly origin: string; readonly token: string | null },
  on: LineEvents,
): RelayLine {
  let welcomed = false;
  let mistakes = 0;
  let cancelHeartbeat: Cancel = () => undefined;
  let cancelSilence: Cancel = () => undefined;

  const ping = (): void => send({ type: 'ping', nonce: 0 });
  const answers = createAnswerWatch(clock, {
    ping,
    silent(now) {
      on.silent(now);
      cancelSilence();
      if (now) cancelSilence = clock.after(SILENT_MS, () => line.close('the relay is silent'));
    },
  });
  const send = (message: RelayUp): void => {
    line.send(encode(relayUp, message));
    if (message.type === 'ping' || message.type === 'hello' || message.type === 'attach') answers.sent();
  };
  const mistake = (detail: string): void => {
    on.malformed(detail);
    if (++mistakes >= MISTAKES_MAX) line.close('the relay does not follow the protocol');
  };
  const onMessage = (message: RelayDown): void => {
    if (message.type === 'ping') return send({ type: 'pong', nonce: message.nonce });
    if (message.type === 'pong') return;
    if (message.type !== 'welcome') return on.message(message);
    if (welcomed) return mistake('a second welcome');
    welcomed = true;
    on.welcome({ nonce: message.nonce, account: message.account, device: message.device });
  };
  const beat = (): void => {
    cancelHeartbeat = clock.after(HEARTBEAT_MS, () => {
      ping();
      beat();
    });
  };

  line.start({
    onFrame(frame) {
      answers.heard();
      if (frame.length > FRAME_BYTES_MAX) return mistake(`a frame of ${frame.length} bytes`);
      if (isLogFrame(frame)) {
        const log = decode(logMessage, frame);
        return log.ok ? on.log(log.value) : mistake(log.error);
      }
      const message = decode(relayDown, frame);
      return message.ok ? onMessage(message.value) : mistake(message.error);
    },
    onDrain: () => on.drained(),
    onClose(reason) {
      cancelHeartbeat();
      cancelSilence();
      answers.stop();
      on.closed(reason);
    },
  });
  send({
    type: 'hello',
    version: WIRE_VERSION,
    versionMin: WIRE_VERSION_MIN,
    origin: hello.origin,
    token: hello.token,
  });
  beat();
  return {
    send,
    sendLog(message) {
      line.send(encode(logMessage, message));
      if (message.type !== 'stored') answers.sent();
    },
    queuedBytes: () => line.queuedBytes(),
    ping,
    close: (reason) => line.close(reason),
  };
}

export function refusalOf(code: number): RelayRefusal {
  return RELAY_REFUSALS[code] ?? 'malformed';
}
