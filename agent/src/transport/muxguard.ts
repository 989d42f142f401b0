/** yamux with one check in front: a data frame larger than any window is refused at its header, not after it was buffered. */
import { yamux, type YamuxMuxerInit } from '@chainsafe/libp2p-yamux';
import type { StreamMuxerFactory } from '@libp2p/interface';
import { STREAMS_PER_CONNECTION_MAX, STREAM_WINDOW_BYTES, STREAM_WINDOW_BYTES_MAX } from './limits.js';

const HEADER_BYTES = 12;
const TYPE_DATA = 0;
/** All streams at their window, and some. */
const WRITE_BUFFER_BYTES_MAX = (STREAMS_PER_CONNECTION_MAX + 2) * STREAM_WINDOW_BYTES_MAX;

const SETTINGS: YamuxMuxerInit = {
  // The first ping measures the round trip, without which a window never grows; later ones would only wake the radio.
  enableKeepAlive: true,
  keepAliveInterval: 10 * 60_000,
  maxInboundStreams: STREAMS_PER_CONNECTION_MAX,
  maxOutboundStreams: STREAMS_PER_CONNECTION_MAX,
  maxEarlyStreams: STREAMS_PER_CONNECTION_MAX,
  streamOptions: {
    initialStreamWindowSize: STREAM_WINDOW_BYTES,
    maxStreamWindowSize: STREAM_WINDOW_BYTES_MAX,
    maxReadBufferLength: STREAM_WINDOW_BYTES_MAX + 64 * 1024,
  },
};

interface Chunks {
  readonly byteLength: number;
  [Symbol.iterator](): Iterator<Uint8Array>;
}

/** Walks yamux headers through a stream of bytes. False when a data frame announces more than `bytesMax`. */
export function createMuxScanner(bytesMax: number): (chunk: Uint8Array) => boolean {
  const header = new Uint8Array(HEADER_BYTES);
  let headerBytes = 0;
  let skip = 0;
  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      const skipped = Math.min(skip, chunk.length - at);
      skip -= skipped;
      at += skipped;
      while (at < chunk.length && headerBytes < HEADER_BYTES && skip === 0) header[headerBytes++] = chunk[at++] ?? 0;
      if (headerBytes < HEADER_BYTES || skip > 0) continue;
      headerBytes = 0;
      if (header[1] !== TYPE_DATA) continue;
      skip = new DataView(header.buffer).getUint32(8);
      if (skip > bytesMax) return false;
    }
    return true;
  };
}

/** `onRefused` counts connections that announced an impossible frame. */
export function guardedYamux(onRefused: () => void): () => StreamMuxerFactory {
  const make = yamux(SETTINGS);
  return () => {
    const factory = make();
    const create: StreamMuxerFactory['createStreamMuxer'] = (connection) => {
      // Answers to a peer that pings and never reads would pile up here.
      connection.maxWriteBufferLength = WRITE_BUFFER_BYTES_MAX;
      const muxer = factory.createStreamMuxer(connection);
      const inner = muxer as unknown as { onData(data: Uint8Array | Chunks): void };
      const onData = inner.onData.bind(muxer);
      const fits = createMuxScanner(STREAM_WINDOW_BYTES_MAX);
      inner.onData = (data) => {
        for (const part of data instanceof Uint8Array ? [data] : data) {
          if (fits(part)) continue;
          onRefused();
          // The muxer's own message handler turns this into an abort of the connection.
          throw new Error('a yamux frame larger than its window');
        }
        onData(data);
      };
      return muxer;
    };
    return { protocol: factory.protocol, createStreamMuxer: create, [Symbol.toStringTag]: 'guarded-yamux' } as StreamMuxerFactory;
  };
}
