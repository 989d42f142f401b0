/** The bus between copies of the relay: hints and passing words, never entries (C33). Whoever misses one loses time, not data. */
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
  /** One end of a rendezvous pipe whose other end may sit on another copy. */
  | {
      readonly type: 'pipe';
      readonly name: string;
      readonly end: 'host' | 'guest';
      readonly say: 'here' | 'data' | 'end';
      readonly data: string;
    };

export interface Bus {
  /** Never waits and never throws; what cannot be told is counted. Own hints are not heard again. */
  tell(hint: Hint): void;
  subscribe(heard: (hint: Hint) => void): () => void;
  /** False while the other copies cannot be reached. */
  connected(): boolean;
  close(): Promise<void>;
}

export interface BusDep {
  readonly bus: Bus;
}
