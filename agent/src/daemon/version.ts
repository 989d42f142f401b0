/** This program's version, as its package says. */
import { readFileSync } from 'node:fs';
import { packageFile } from '../system/places.js';

export const VERSION: string = readVersion();

function readVersion(): string {
  const parsed: unknown = JSON.parse(readFileSync(packageFile('package.json'), 'utf8'));
  const version = typeof parsed === 'object' && parsed !== null && 'version' in parsed ? parsed.version : null;
  if (typeof version !== 'string') throw new Error('the package has no version');
  return version;
}
