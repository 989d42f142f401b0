/** Where the repository stands, for tests that read or run it. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder, whether this file runs from source or from tests/dist. */
export const ROOT = above(dirname(fileURLToPath(import.meta.url)));

function above(folder: string): string {
  return existsSync(join(folder, 'tsconfig.base.json')) ? folder : above(dirname(folder));
}
