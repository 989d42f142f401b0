/** A pipe as libp2p sees it: a connection like any other, with back-pressure on the way out and a bound on what waits unread. */
import { AbstractMultiaddrConnection, type SendResult } from '@libp2p/utils';
import type { AbortOptions, Logger, MultiaddrConnection } from '@libp2p/interface';
import type { Multiaddr } from '@multiformats/multiaddr';
import { FLUSH_MS_MAX, PIPE_QUEUED_BYTES_MAX, PIPE_SEND_BYTES_MAX, PIPE_UNREAD_BYTES_MAX } from './limits.js';
import type { Pipe } from './pipe.js';

export interface PipeConnectionInit {
  readonly pipe: Pipe;
  readonly remoteAddr: Multiaddr;
  readonly direction: 'inbound' | 'outbound';
  readonly log: Logger;
}

class PipeConnection extends AbstractMultiaddrConnection {
  readonly #pipe: Pipe;
  #waiting = false;
  #gone = false;
  #onMoved: () => void = () => undefined;

  constructor({ pipe, remoteAddr, direction, log }: PipeConnectionInit) {
    super({ remoteAddr, direction, log, maxMessageSize: PIPE_SEND_BYTES_MAX });
    // A pipe cannot be held back: whoever sends more than any window allows is cut off.
    this.maxReadBufferLength = PIPE_UNREAD_BYTES_MAX;
    this.#pipe = pipe;
    pipe.start({
      onBytes: (bytes) => this.onData(bytes),
      onDrain: () => this.#drained(),
      onClose: () => {
        this.#gone = true;
        this.#onMoved();
        this.onTransportClosed();
      },
    });
  }

  sendData(data: { readonly byteLength: number; subarray(): Uint8Array }): SendResult {
    this.#pipe.send(data.subarray());
    const canSendMore = this.#pipe.queuedBytes() < PIPE_QUEUED_BYTES_MAX;
    if (!canSendMore) this.#waiting = true;
    return { sentBytes: data.byteLength, canSendMore };
  }

  #drained(): void {
    this.#onMoved();
    if (!this.#waiting || this.#pipe.queuedBytes() > PIPE_QUEUED_BYTES_MAX / 2) return;
    this.#waiting = false;
    this.safeDispatchEvent('drain');
  }

  async sendClose(options?: AbortOptions): Promise<void> {
    if (this.#gone) return;
    await new Promise<void>((resolve) => {
      const moved = (): void => {
        if (!this.#gone && this.#pipe.queuedBytes() > 0) return;
        clearTimeout(giveUp);
        resolve();
      };
      // A pipe that takes nothing more is cut off.
      const giveUp = setTimeout(resolve, FLUSH_MS_MAX);
      options?.signal?.addEventListener('abort', () => (clearTimeout(giveUp), resolve()), { once: true });
      this.#onMoved = moved;
      moved();
    });
    this.#pipe.close('done');
  }

  sendReset(): void {
    this.#pipe.close('reset');
  }

  sendPause(): void {
    // What comes meanwhile waits in the bounded buffer.
  }

  sendResume(): void {
    // Nothing was held back.
  }
}

export function toPipeConnection(init: PipeConnectionInit): MultiaddrConnection {
  return new PipeConnection(init);
}
