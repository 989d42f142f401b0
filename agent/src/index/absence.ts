/** Why a file could not be had, from what the system said. */

export type Absence = 'missing' | 'unreadable' | 'not-a-file' | 'name-too-long' | 'io-error';

const BY_CODE: { readonly [code: string]: Absence } = {
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  EACCES: 'unreadable',
  EPERM: 'unreadable',
  ELOOP: 'not-a-file',
  ENAMETOOLONG: 'name-too-long',
};

export function absenceOf(error: unknown): Absence {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return Object.hasOwn(BY_CODE, code) ? (BY_CODE[code] ?? 'io-error') : 'io-error';
}
