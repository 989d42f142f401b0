/** File names are bytes, not text: inside the indexer each is a string of one character per byte (Latin-1), which loses nothing. */
import { Buffer, isUtf8 } from 'node:buffer';

const BEYOND_ASCII = /[^\u0000-\u007f]/;

export function isOdd(path: string): boolean {
  return BEYOND_ASCII.test(path) && !isUtf8(Buffer.from(path, 'latin1'));
}

/** For people: UTF-8, with U+FFFD for what is not. Control characters stay: whoever prints it to a terminal escapes them. */
export function toDisplay(path: string): string {
  return BEYOND_ASCII.test(path) ? Buffer.from(path, 'latin1').toString('utf8') : path;
}

/** What `fs` takes: text where that is exact, else bytes. `folder` is absolute, ordinary text. */
export function toReal(folder: string, path: string): string | Buffer {
  return BEYOND_ASCII.test(path) ? Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, 'latin1')]) : `${folder}/${path}`;
}

/** `a/b/c` → `a/b`; empty for a name at the top. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '' : path.slice(0, slash);
}
