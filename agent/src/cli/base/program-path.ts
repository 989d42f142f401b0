/** Where the program a person runs stands on this disk. */
import { fileURLToPath } from 'node:url';

/** bin/leanvibe.js of the package this file was compiled into. */
export function programPath(): string {
  return fileURLToPath(new URL('../../../bin/leanvibe.js', import.meta.url));
}
