/** Where this package and what belongs to it lie, whether it runs module by module or bundled (agent/setup/bundle.mjs). */

/** The package's folder: both dist/system/ and dist/run/ are two below it. */
const PACKAGE = new URL('../../', import.meta.url);
const isBundled = new URL('.', import.meta.url).pathname.endsWith('/dist/run/');

/** A file of the package, by its path from there. */
export function packageFile(path: string): URL {
  return new URL(path, PACKAGE);
}

/** The program of a worker thread. */
export function workerFile(room: 'docworker' | 'index' | 'store'): URL {
  return packageFile(isBundled ? `dist/run/${room}-worker.js` : `dist/${room}/worker.js`);
}
