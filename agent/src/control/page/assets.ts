/** The status page's own files, read once at start; a table, so that no path of a request ever reaches the disk. */
import { readFileSync } from 'node:fs';
import { packageFile } from '../../system/places.js';

export interface Asset {
  readonly type: string;
  readonly text: string;
}

export type Assets = ReadonlyMap<string, Asset>;

/** Kept as they are in the source folder: the compiler does not copy them. */
const FOLDER = packageFile('src/control/page/');

export function loadAssets(): Assets {
  const read = (name: string, type: string): readonly [string, Asset] => [
    name,
    { type: `${type}; charset=utf-8`, text: readFileSync(new URL(name, FOLDER), 'utf8') },
  ];
  return new Map([read('page.css', 'text/css'), read('page.js', 'text/javascript')]);
}
