/** `npm run relay`: makes the clone runnable if it is not, then becomes the relay, standing where the person typed it. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { prepare, root } from './prepare.mjs';

if (await prepare(() => ensureBuilt(root))) {
  const bin = join(root, 'relay/bin/leanvibe-relay.js');
  if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
  process.argv = [process.execPath, bin, 'serve', ...process.argv.slice(2)];
  await import(pathToFileURL(bin).href);
} else {
  process.exitCode = 1;
}
