/** A WebSocket as libp2p sees it: bytes in and out with real back-pressure in both directions. */
import { AbstractMultiaddrConnection, type SendResult } from '@libp2p/utils';
import type { AbortOptions, Logger, MultiaddrConnection } from '@libp2p/interface';
import type { Multiaddr } from '@multiformats/multiaddr';
import type { RawData, WebSocket } from 'ws';
import { FLUSH_MS_MAX, WS_BUFFERED_BYTES_MAX, WS_MESSAGE_BYTES_MAX } from './limits.js';

export interface WsConnectionInit {
  readonly socket: WebSocket;
  readonly remoteAddr: Multiaddr;
  readonly direction: 'inbound' | 'outbound';
  readonly log: Logger;
}

// libp2p's own wrapper polls every 10 ms for drained sockets and cannot pause a reader; this one is told by `ws`.
class WsConnection extends AbstractMultiaddrConnection {
  readonly #socket: WebSocket;
  #waiting = false;

  constructor(init: WsConnectionInit) {
    super({ remoteAddr: init.remoteAddr, direction: init.direction, log: init.log, maxMessageSize: WS_MESSAGE_BYTES_MAX / 2 });
    this.#socket = init.socket;
    this.#socket.binaryType = 'nodebuffer';
    this.#socket.on('message', (data: RawData, isBinary: boolean) => {
      if (isBinary && data instanceof Uint8Array) this.onData(data);
      else this.abort(new Error('a WebSocket message that is not binary'));
    });
    this.#socket.on('error', (error) => this.abort(error));
    this.#socket.once('close', () => this.onTransportClosed());
  }

  sendData(data: { readonly byteLength: number; subarray(): Uint8Array }): SendResult {
    this.#socket.send(data.subarray(), { binary: true, compress: false }, () => this.#sent());
    const canSendMore = this.#socket.bufferedAmount < WS_BUFFERED_BYTES_MAX;
    if (!canSendMore) this.#waiting = true;
    return { sentBytes: data.byteLength, canSendMore };
  }

  #sent(): void {
    if (!this.#waiting || this.#socket.bufferedAmount > WS_BUFFERED_BYTES_MAX / 2) return;
    this.#waiting = false;
    this.safeDispatchEvent('drain');
  }

  async sendClose(options?: AbortOptions): Promise<void> {
    if (this.#socket.readyState === this.#socket.CLOSED) return;
    await new Promise<void>((resolve) => {
      // A peer that never answers the closing handshake is cut off.
      const giveUp = setTimeout(() => this.#socket.terminate(), FLUSH_MS_MAX);
      options?.signal?.addEventListener('abort', () => this.#socket.terminate(), { once: true });
      this.#socket.once('close', () => {
        clearTimeout(giveUp);
        resolve();
      });
      this.#socket.close();
    });
  }

  sendReset(): void {
    this.#socket.terminate();
  }

  sendPause(): void {
    this.#socket.pause();
  }

  sendResume(): void {
    this.#socket.resume();
  }
}

export function toWsConnection(init: WsConnectionInit): MultiaddrConnection {
  return new WsConnection(init);
}
