/** Why a backup could not be written or read, in words, with the one next thing to try. */

export type BackupFailureCode =
  | 'not-a-backup'
  | 'newer'
  | 'wrong-passphrase'
  | 'damaged'
  | 'unreadable'
  | 'unwritable'
  | 'full'
  | 'exists'
  | 'refused';

export class BackupFailure extends Error {
  override readonly name = 'BackupFailure';
  readonly code: BackupFailureCode;
  readonly fix: string;
  constructor(code: BackupFailureCode, message: string, fix: string) {
    super(message);
    this.code = code;
    this.fix = fix;
  }
}

export function damaged(where: string): BackupFailure {
  return new BackupFailure('damaged', `the backup is damaged: ${where}`, 'use another copy of it, or an older backup; nothing was changed');
}

const FULL = /^(ENOSPC|EDQUOT|EFBIG)$/;

/** What the file system said about the file at `path`; anything else is thrown on. */
export function fileFailure(error: unknown, path: string, doing: 'read' | 'write'): BackupFailure {
  if (error instanceof BackupFailure) return error;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
  if (code === null) throw error;
  if (code === 'EEXIST') return new BackupFailure('exists', `${path} exists already`, 'name a new file');
  if (FULL.test(code))
    return new BackupFailure('full', 'the disk is full: no backup was written', 'free some space, or write it to another disk');
  if (code === 'ENOENT')
    return doing === 'read'
      ? new BackupFailure('unreadable', `there is no file ${path}`, 'name the backup file')
      : new BackupFailure('unwritable', `the folder of ${path} does not exist`, 'make the folder first, or name another one');
  if (code === 'EISDIR') return new BackupFailure('unreadable', `${path} is a folder`, 'name a file');
  return doing === 'read'
    ? new BackupFailure('unreadable', `${path} cannot be read (${code})`, 'check its permissions and the disk')
    : new BackupFailure('unwritable', `${path} cannot be written (${code})`, 'check the permissions of its folder, or name another one');
}
