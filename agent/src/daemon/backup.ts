/** `backup`: everything of this person into one file that opens with a passphrase. */
import { isAbsolute } from 'node:path';
import { nativeCrypto } from '@leanvibe/core/crypto/node/native';
import { BackupFailure } from '../backup/failure.js';
import { writeBackup } from '../backup/write.js';
import type { CallContext } from '../control/call.js';
import { ControlFailure } from '../control/error.js';
import type { BackupView, VerifyProgress } from '../control/leaf-views.js';
import type { Agent } from './agent.js';

type BackupDeps = Pick<Agent, 'engine' | 'store' | 'product' | 'book' | 'clock' | 'logger'>;

export async function backup(
  agent: BackupDeps,
  { path, passphrase }: { readonly path: string; readonly passphrase: string },
  context: CallContext<VerifyProgress>,
): Promise<BackupView> {
  if (!isAbsolute(path)) throw new ControlFailure('bad-request', 'path must be absolute');
  const { engine, store, product, book, clock, logger } = agent;
  const { signal, progress } = context;
  const createdMs = clock.nowMs();
  const peers = engine.wanted().map((device) => ({ device, addresses: book.get(device).addresses }));
  try {
    const written = await writeBackup(
      { crypto: nativeCrypto(), engine, store, logger },
      { path, passphrase, createdMs, name: product.names.own(), peers, signal, onProgress: (done, total) => progress({ done, total }) },
    );
    const name = `backup of ${new Date(createdMs).toISOString().slice(0, 16).replace('T', ' ')}`;
    await product.names
      .rename(written.paper, name)
      .catch((error: unknown) => logger.log('warn', 'name-not-kept', { why: error instanceof Error ? error.name : 'unknown' }));
    return { path, files: 1, bytes: written.bytes, entries: written.entries, missing: written.missing, device: name };
  } catch (error) {
    if (signal.aborted) throw new ControlFailure('cancelled', 'the backup was cancelled: no file was left');
    if (!(error instanceof BackupFailure)) throw error;
    throw new ControlFailure(
      error.code === 'full' ? 'store-full' : error.code === 'damaged' || error.code === 'unreadable' ? 'failed' : 'refused',
      error.message,
      error.fix,
    );
  }
}
