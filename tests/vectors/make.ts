/** Writes protocol/vectors/*.json: `npx tsc -b tests`, then `node tests/dist/vectors/make.js`. Refuses to change a file unless the version history grew. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HISTORY } from '@leanvibe/protocol/version';
import { portableCrypto } from '@leanvibe/core/internal/crypto/portable';
import { digestOf, FOLDER, type Frozen, MAKERS, RECORD, textOf } from './all.js';

const before: Frozen = existsSync(RECORD) ? (JSON.parse(readFileSync(RECORD, 'utf8')) as Frozen) : { historyLines: 0, files: {} };
const mayChange = HISTORY.length > before.historyLines;
const files: Record<string, string> = {};
const changed: string[] = [];

for (const [name, make] of Object.entries(MAKERS)) {
  const text = textOf(make(portableCrypto()));
  const known = before.files[name];
  files[name] = digestOf(text);
  if (known !== undefined && known !== files[name] && !mayChange) changed.push(name);
  else writeFileSync(join(FOLDER, `${name}.json`), text);
}
if (changed.length > 0) {
  process.stderr.write(`${changed.join(', ')} would change: add a line to HISTORY in protocol/src/version.ts first\n`);
  process.exitCode = 1;
} else {
  writeFileSync(RECORD, textOf({ historyLines: HISTORY.length, files } satisfies Frozen));
}
