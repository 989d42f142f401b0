/** What the conversations of this copy move, for its own numbers: totals only, never whose (C32). */
import type { LogMessage } from '@leanvibe/protocol/peer';

export interface Tally {
  /** Entries kept for the first time (`in`) or handed to a device (`out`), and their sealed bytes. */
  moved(direction: 'in' | 'out', entries: number, bytes: number): void;
  /** An append begins; call what it answers when it is committed. */
  committing(): () => void;
}

/** Counts a log message that is handed to a device. */
export function tallyOut(tally: Tally, message: LogMessage): void {
  if (message.type !== 'entries' && message.type !== 'loose') return;
  if (message.items.length === 0) return;
  tally.moved(
    'out',
    message.items.length,
    message.items.reduce((sum, item) => sum + item.length, 0),
  );
}
