/** A pairing conversation over a channel: one message at a time, each expected, each in time. */
import { type PairingMessage, pairingMessage } from '@leanvibe/protocol/pairing';
import { decode, encode } from '@leanvibe/protocol/shape';
import type { Channel } from '../ports/channel.js';
import type { Clock } from '../ports/clock.js';

/** Why a pairing ended, in words a person may read. */
export class PairingEnded extends Error {
  override readonly name = 'PairingEnded';
  /** `code`: the other side's word, when it refused. */
  readonly code: string | null;
  constructor(message: string, code: string | null = null) {
    super(message);
    this.code = code;
  }
}

export interface Talk {
  send(message: PairingMessage): void;
  /** The next message, which must be of this type. Throws PairingEnded. */
  expect<T extends PairingMessage['type']>(type: T, withinMs: number): Promise<Extract<PairingMessage, { readonly type: T }>>;
  /** The next message of any type. */
  next(withinMs: number): Promise<PairingMessage>;
  /** Tells the other side and closes. */
  refuse(code: string, detail: string): void;
  close(): void;
}

interface Waiter {
  readonly resolve: (message: PairingMessage) => void;
  readonly reject: (error: Error) => void;
}

const QUEUED_MAX = 8;

export function createTalk(channel: Channel, clock: Clock): Talk {
  const queued: PairingMessage[] = [];
  let waiter: Waiter | null = null;
  let ended: PairingEnded | null = null;

  const end = (reason: string, code: string | null = null): void => {
    ended ??= new PairingEnded(reason, code);
    waiter?.reject(ended);
    waiter = null;
  };
  channel.start({
    onFrame(frame) {
      const message = decode(pairingMessage, frame);
      if (!message.ok || queued.length >= QUEUED_MAX) {
        end('the other device does not follow the protocol');
        return channel.close('malformed pairing message');
      }
      if (message.value.type === 'refuse') return end(message.value.detail, message.value.code);
      if (waiter === null) queued.push(message.value);
      else {
        const { resolve } = waiter;
        waiter = null;
        resolve(message.value);
      }
    },
    onDrain: () => undefined,
    onClose: (reason) => end(`the other device went away (${reason})`),
  });

  const next = (withinMs: number): Promise<PairingMessage> => {
    const ready = queued.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    if (ended !== null) return Promise.reject(ended);
    return new Promise((resolve, reject) => {
      const cancel = clock.after(withinMs, () => end('the other device did not answer in time'));
      waiter = {
        resolve: (message) => {
          cancel();
          resolve(message);
        },
        reject: (error) => {
          cancel();
          reject(error);
        },
      };
    });
  };

  return {
    send: (message) => channel.send(encode(pairingMessage, message)),
    next,
    async expect(type, withinMs) {
      const message = await next(withinMs);
      if (message.type !== type) {
        channel.close('unexpected pairing message');
        throw new PairingEnded('the other device does not follow the protocol');
      }
      return message as Extract<PairingMessage, { readonly type: typeof type }>;
    },
    refuse(code, detail) {
      channel.send(encode(pairingMessage, { type: 'refuse', code, detail }));
      channel.close(code);
      end(detail);
    },
    close: () => channel.close('done'),
  };
}
