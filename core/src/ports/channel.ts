/** A channel: an open, authenticated, ordered pipe of whole frames to one peer device. What carries it is the shell's business. */
import type { DeviceId } from '@leanvibe/protocol/ids';

export interface ChannelEvents {
  /** One whole frame, exactly as sent. */
  onFrame(frame: Uint8Array): void;
  /** Fewer than the shell's low-water mark of bytes are queued again. */
  onDrain(): void;
  /** Called exactly once; nothing arrives afterwards. */
  onClose(reason: string): void;
}

export interface Channel {
  /** The key the peer proved in the transport's handshake. */
  readonly peer: DeviceId;
  /** What carries it, for people to read: `tcp`, `ws`, `relay-pipe`, `memory`. */
  readonly via: string;
  /** Where the peer is, for people to read. */
  readonly address: string;
  /** True when this side dialled. */
  readonly outbound: boolean;
  /** True when somebody else carries the bytes: a direct channel to the same peer takes its place. */
  readonly relayed?: boolean;
  /** Queues one frame of at most 1 MiB; never blocks, never throws; ignored once closed. The bytes may not be changed afterwards. */
  send(frame: Uint8Array): void;
  /** Bytes accepted by `send` and not yet handed to the network. */
  queuedBytes(): number;
  /** Starts delivery; frames that came before are delivered first. Called once. */
  start(events: ChannelEvents): void;
  close(reason: string): void;
}
