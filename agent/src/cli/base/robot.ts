/** Asking as a robot: the token given by variable or file, never by flag, which other users of the machine could read. */
import { open } from 'node:fs/promises';
import { isSecret } from '../../tokens/secret.js';
import type { Env } from './cli.js';
import { failed, systemWords, wrongUse } from './failure.js';

export const TOKEN_VARIABLE = 'LEANVIBE_TOKEN';
const FILE_BYTES_MAX = 4096;

/** Null when nobody gave a token, and the home's owner asks. A token that is given and wrong is never passed over: that would ask with all the owner's rights. */
export async function robotSecret(env: Env, file: string | undefined): Promise<string | null> {
  const given = env[TOKEN_VARIABLE];
  if (given !== undefined && file !== undefined) throw wrongUse(`both ${TOKEN_VARIABLE} and a token file are given`, 'give one of them');
  if (given === undefined && file === undefined) return null;
  const secret = given ?? (await firstLine(file ?? ''));
  if (isSecret(secret.trim())) return secret.trim();
  const from = given === undefined ? 'the token file' : TOKEN_VARIABLE;
  if (secret.trim() === '')
    throw wrongUse(`${from} is empty`, given === undefined ? 'write the token into it' : `unset ${TOKEN_VARIABLE} to ask as the owner`);
  throw wrongUse(`${from} holds no agent token: one begins with lvt_ and is 47 characters long`, 'leanvibe token create');
}

async function firstLine(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(FILE_BYTES_MAX) });
      return buffer.subarray(0, bytesRead).toString('utf8').trim();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw failed(`the token file cannot be read: ${systemWords(error)}`, 'check the path and who may read it');
  }
}
