/** Every maximum of the LAN transport, with its reason. */

/** C19: every message is at most 1 MiB. */
export const FRAME_BYTES_MAX = 1024 * 1024;
/** 4-byte big-endian length before each frame. */
export const FRAME_HEADER_BYTES = 4;
/** `onDrain` is told below this; one batch of catch-up. */
export const LOW_WATER_BYTES = 256 * 1024;
/** A sender that ignores `queuedBytes` loses its channel, not the process. */
export const SEND_QUEUE_BYTES_MAX = 32 * 1024 * 1024;
/** Small frames cost more than their bytes. */
export const SEND_QUEUE_FRAMES_MAX = 256 * 1024;
/** Frames written in one turn are gathered up to this: one Noise message. */
export const BATCH_BYTES_MAX = 60 * 1024;
/** Frames at least this long are handed on without copying. */
export const COPY_BYTES_MAX = 32 * 1024;

/** yamux's own start value; a peer may send this much before anybody reads. */
export const STREAM_WINDOW_BYTES = 256 * 1024;
/** Unread bytes one stream can make us hold. */
export const STREAM_WINDOW_BYTES_MAX = 1024 * 1024;
export const STREAMS_PER_CONNECTION_MAX = 8;
/** A Noise message is 64 KiB; a WebSocket message never needs more than a few. */
export const WS_MESSAGE_BYTES_MAX = 256 * 1024;
/** Bytes a WebSocket may hold unsent before writers wait. */
export const WS_BUFFERED_BYTES_MAX = 256 * 1024;
export const WS_HEADERS_BYTES_MAX = 4096;

/** The most a pipe takes at once. */
export const PIPE_SEND_BYTES_MAX = 64 * 1024;
/** Bytes a pipe may hold unsent before writers wait: at 200 ms of delay enough for a megabyte a second. */
export const PIPE_QUEUED_BYTES_MAX = 256 * 1024;
/** Unread bytes of one pipe: more than the windows of all its channels leave only for a peer that keeps to none. */
export const PIPE_UNREAD_BYTES_MAX = 4 * 1024 * 1024;

/** TCP accept to Noise done; a phone needs under one second. */
export const HANDSHAKE_MS_MAX = 5_000;
/** A secured connection on which nothing is opened is closed. */
export const IDLE_CONNECTION_MS_MAX = 10_000;
/** How long a closing channel may take to hand over what it still holds. */
export const FLUSH_MS_MAX = 5_000;
/** Between two addresses of one dial: a nearer one usually answers within it. */
export const DIAL_STAGGER_MS = 150;
export const DIAL_MS_MAX = 5_000;
export const DIAL_ADDRESSES_MAX = 16;
/** A handshake over a pipe takes five round trips, each through a relay. */
export const PIPE_DIAL_MS_MAX = 10_000;
/** How long a pipe stays without a channel: after pairing the other side opens its next one. */
export const PIPE_LINGER_MS = 10_000;

export interface AcceptLimits {
  /** Handshakes under way, from everywhere. */
  readonly pendingMax: number;
  /** Handshakes under way from one IP (IPv6: one /64). */
  readonly pendingPerIpMax: number;
  /** Inbound connections, from everywhere. */
  readonly openMax: number;
  readonly openPerIpMax: number;
  /** Inbound connections of one device: one lives, one is being replaced. */
  readonly openPerDeviceMax: number;
  /** New connections a second from one IP, with a burst of twice that. */
  readonly perIpPerSecond: number;
}

/** One flooding host can take a fraction of each global figure, never all of it. */
export const ACCEPT_LIMITS: AcceptLimits = {
  pendingMax: 128,
  pendingPerIpMax: 24,
  openMax: 256,
  openPerIpMax: 64,
  openPerDeviceMax: 8,
  perIpPerSecond: 60,
};
/** Bytes of all connections together that are read, and as many that are sent, in one turn of the main loop; each connection may read 64 KiB in any case. */
export const TURN_BYTES_MAX = 128 * 1024;
