/** Temporary folders that are gone when the test is. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new empty folder, removed after the running test. Call it inside a test. */
export async function tempFolder(name = 'test'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `leanvibe-${name}-`));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
