/** The bus between copies of the relay: hints and passing words, never entries (C33). Whoever misses one loses time or a pipe, not data. */
import type { MailboxId } from '@leanvibe/protocol/ids';

export type Hint =
  /** A mailbox has grown, or its keys changed. */
  | { readonly type: 'mailbox'; readonly mailbox: MailboxId; readonly change: 'grown' | 'keys' | 'removed' }
  /** An account has another mailbox. */
  | { readonly type: 'made'; readonly account: string }
  /** A device's token was revoked, or all of an account's. */
  | { readonly type: 'revoked'; readonly account: string; readonly device: string | null }
  /** Presence on its way to the other readers of a mailbox; base64, never stored. */
  | { readonly type: 'presence'; readonly mailbox: MailboxId; readonly sealed: string }
  /** Of a rendezvous pipe whose ends sit on two copies (C41). `from`, `to`: names of copies; `to` null: whoever has a host that waits. */
  | { readonly type: 'pipe'; readonly pipe: string; readonly from: string; readonly to: string | null; readonly said: PipeSaid };

export type PipeSaid =
  /** A guest waits under this name. */
  | { readonly say: 'seek'; readonly name: string }
  /** A host is held for the guest, and met when it is taken. */
  | { readonly say: 'offer' }
  | { readonly say: 'take' }
  /** `seq`: 0, 1, 2 … in each direction; a number left out ends the pipe. `data`: base64. */
  | { readonly say: 'data'; readonly seq: number; readonly data: string }
  /** Now and then, and when room was made: how many pieces were sent, and how many bytes of the other side's the network here took. */
  | { readonly say: 'grant'; readonly seq: number; readonly got: number }
  | { readonly say: 'end'; readonly why: PipeEnded };

/** `left`: the other end went. `lost`: pieces of it, or the copy it sits on. `slow`: it is not read. `spent`: more than one may carry, or longer. */
export type PipeEnded = 'left' | 'lost' | 'slow' | 'spent';

export interface Bus {
  /** Of this copy, for as long as it runs. */
  readonly name: string;
  /** Never waits and never throws; what cannot be told is counted. Own hints are not heard again. What is for one copy may be heard by others too. */
  tell(hint: Hint): void;
  subscribe(heard: (hint: Hint) => void): () => void;
  /** False while the other copies cannot be reached. */
  connected(): boolean;
  close(): Promise<void>;
}

export interface BusDep {
  readonly bus: Bus;
}
