/** The golden files stand still: every implementation makes them again byte for byte, and their hashes are on record. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HISTORY } from '@leanvibe/protocol/version';
import { implementations } from '../unit/core/crypto/implementations.js';
import { digestOf, FOLDER, type Frozen, MAKERS, RECORD, textOf } from './all.js';

const frozen = JSON.parse(readFileSync(RECORD, 'utf8')) as Frozen;
const fileText = (name: string): string => readFileSync(join(FOLDER, `${name}.json`), 'utf8');

describe('W20 golden vectors are frozen', () => {
  test.each(Object.keys(MAKERS))('W20 %s.json is what was recorded, unless the version history has grown', (name) => {
    expect(digestOf(fileText(name))).toBe(frozen.files[name]);
    expect(frozen.historyLines, 'the history grew: run node tests/dist/vectors/make.js').toBe(HISTORY.length);
  });

  test.each(implementations)('W20 %s makes every file again', (_name, crypto) => {
    for (const [name, make] of Object.entries(MAKERS)) expect(textOf(make(crypto)) === fileText(name), `${name}.json differs`).toBe(true);
  });

  test('W20 no vector holds a case that should have been refused and was not', () => {
    for (const name of Object.keys(MAKERS)) expect(fileText(name)).not.toContain('which is a mistake');
  });
});
