/** Every golden file by name, and the record that holds them still: a file changes only together with a new line of the version history. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Crypto } from '@leanvibe/core/internal/ports/crypto';
import { ROOT } from '../help/root.js';
import { makeAnnouncements } from './announcements.js';
import { makeBytes } from './bytes.js';
import { makeChanges } from './changes.js';
import { makeCheckpoints } from './checkpoints.js';
import { makeEntries } from './entries.js';
import { makeEpochs } from './epochs.js';
import { makeLinks } from './links.js';
import { makeMessages } from './messages.js';
import { makePairing } from './pairing.js';
import { makeRecovery } from './recovery.js';
import { makeSums } from './sums.js';

export const FOLDER = join(ROOT, 'protocol/vectors');
export const RECORD = join(FOLDER, 'frozen.json');

/** Bytes and messages need no crypto; the others must come out alike whatever computes them. */
export const MAKERS: Readonly<Record<string, (crypto: Crypto) => object>> = {
  bytes: makeBytes,
  entries: makeEntries,
  epochs: makeEpochs,
  links: makeLinks,
  changes: makeChanges,
  checkpoints: makeCheckpoints,
  announcements: makeAnnouncements,
  pairing: makePairing,
  recovery: makeRecovery,
  messages: makeMessages,
  sums: makeSums,
};

export interface Frozen {
  /** Lines of HISTORY when the files were last written. */
  readonly historyLines: number;
  /** SHA-256 of each file. */
  readonly files: Readonly<Record<string, string>>;
}

export function textOf(vectors: object): string {
  return `${JSON.stringify(vectors, null, 1)}\n`;
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function readVectors<T>(name: string): T {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as T;
}
