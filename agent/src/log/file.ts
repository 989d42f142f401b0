/** The log file: appended to, and turned over at a fixed size, so that logs never fill a disk. */
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export interface LogFile {
  write(line: string): void;
  /** Called with each line from now on. */
  subscribe(onLine: (line: string) => void): () => void;
  close(): void;
}

export interface LogFileOptions {
  /** One file's size; at most `files` of them are kept. */
  readonly bytesMax?: number;
  readonly files?: number;
}

/** Writing is best effort: a full disk must stop edits with words, not the agent for its log. `lost` counts lines that could not be written. */
export function openLogFile(path: string, { bytesMax = 2 * 1024 * 1024, files = 4 }: LogFileOptions = {}): LogFile & { lost(): number } {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let file = openSync(path, 'a', 0o600);
  let size = fstatSync(file).size;
  let lost = 0;
  let closed = false;
  const listeners = new Set<(line: string) => void>();

  const turnOver = (): void => {
    closeSync(file);
    rmSync(`${path}.${files - 1}`, { force: true });
    for (let number = files - 2; number >= 1; number--)
      if (existsSync(`${path}.${number}`)) renameSync(`${path}.${number}`, `${path}.${number + 1}`);
    renameSync(path, `${path}.1`);
    file = openSync(path, 'a', 0o600);
    size = 0;
  };

  return {
    write(line) {
      if (closed) return;
      for (const tell of [...listeners]) tell(line.trimEnd());
      try {
        const bytes = Buffer.from(line);
        if (size > 0 && size + bytes.length > bytesMax) turnOver();
        writeSync(file, bytes);
        size += bytes.length;
      } catch {
        lost += 1;
      }
    },
    subscribe(onLine) {
      listeners.add(onLine);
      return () => {
        listeners.delete(onLine);
      };
    },
    lost: () => lost,
    close() {
      if (closed) return;
      closed = true;
      listeners.clear();
      closeSync(file);
    },
  };
}
