/** Where the program a person runs stands on this disk. */
import { fileURLToPath } from 'node:url';
import { packageFile } from '../../system/places.js';

/** bin/leanvibe.js of the package this file was compiled into. */
export function programPath(): string {
  return fileURLToPath(packageFile('bin/leanvibe.js'));
}
