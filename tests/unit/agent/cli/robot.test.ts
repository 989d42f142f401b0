/** Asking as a robot from the command line: a token that is given is used or refused, never passed over. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { secondsOf } from '@leanvibe/agent/internal/cli/base/duration';
import { robotSecret } from '@leanvibe/agent/internal/cli/base/robot';
import { COMMANDS } from '@leanvibe/agent/internal/cli/commands/all';
import { optionsOf } from '@leanvibe/agent/internal/cli/base/spec';
import { describe, expect, test } from 'vitest';
import { tempFolder } from '../../../help/temp.js';

const SECRET = `lvt_${'a'.repeat(43)}`;

async function refusal(env: Readonly<Record<string, string>>, file?: string): Promise<readonly [number, string]> {
  try {
    await robotSecret(env, file);
  } catch (error) {
    if (error instanceof Error && 'exit' in error) return [Number(error.exit), error.message];
  }
  return [0, 'not refused'];
}

describe('C47 a robot’s token at the command line', () => {
  test('C47 comes from the variable or a file, and without either the owner asks', async () => {
    const folder = await tempFolder('robot');
    await writeFile(join(folder, 'token'), `${SECRET}\n`);
    expect(await robotSecret({}, undefined)).toBeNull();
    expect(await robotSecret({ LEANVIBE_TOKEN: SECRET }, undefined)).toBe(SECRET);
    expect(await robotSecret({ LEANVIBE_TOKEN: ` ${SECRET}\n` }, undefined)).toBe(SECRET);
    expect(await robotSecret({}, join(folder, 'token'))).toBe(SECRET);
  });

  test('C47 an empty, wrong or doubled one is refused: the owner’s rights are never used in its place', async () => {
    const folder = await tempFolder('robot');
    const file = join(folder, 'token');
    await writeFile(file, '');
    await mkdir(join(folder, 'folder'));
    await writeFile(join(folder, 'long'), 'x'.repeat(1_000_000));
    expect(await refusal({ LEANVIBE_TOKEN: '' })).toEqual([2, 'LEANVIBE_TOKEN is empty']);
    for (const garbage of ['lvt_', SECRET.slice(1), `${SECRET}x`, 'Bearer x', 'a'.repeat(43), '\u202elvt_'])
      expect((await refusal({ LEANVIBE_TOKEN: garbage }))[1]).toContain('holds no agent token');
    expect(await refusal({}, file)).toEqual([2, 'the token file is empty']);
    expect((await refusal({}, join(folder, 'long')))[0]).toBe(2);
    expect((await refusal({}, join(folder, 'nowhere')))[1]).toContain('there is no such file');
    expect((await refusal({}, join(folder, 'folder')))[0]).toBe(1);
    expect((await refusal({ LEANVIBE_TOKEN: SECRET }, file))[1]).toContain('both');
  });

  test('C47 no command takes the secret itself as a flag, where other users of the machine could read it', () => {
    for (const spec of COMMANDS) expect(optionsOf(spec).map(({ long }) => long)).not.toContain('token');
  });

  test('C47 spans are read as people type them, and nothing else is', () => {
    expect(['1s', '90m', '12h', '30d', '2w', ' 1d '].map((typed) => secondsOf('--expires', typed, 31_536_000))).toEqual([
      1, 5_400, 43_200, 2_592_000, 1_209_600, 86_400,
    ]);
    for (const typed of ['', '0s', '-1d', '1', 'd', '1.5h', '1y', '366d', '1d1h', '9999999999d', '٣d', '1e3s'])
      expect(() => secondsOf('--expires', typed, 31_536_000)).toThrow('--expires');
  });
});
