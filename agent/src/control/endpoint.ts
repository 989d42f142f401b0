/** Where the running agent listens, written for its own command line: the port is not a secret, the token is elsewhere. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';

export interface Endpoint {
  readonly port: number;
  readonly pid: number;
  readonly version: string;
}

export async function writeEndpoint(path: string, endpoint: Endpoint): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, `${JSON.stringify(endpoint)}\n`, { mode: 0o600 });
  await rename(draft, path);
}

/** Null when no agent runs here, or the file is not ours. A process that was killed leaves it behind: ask before believing. */
export async function readEndpoint(path: string): Promise<Endpoint | null> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof value !== 'object' || value === null) return null;
    const { port, pid, version } = value as Readonly<Record<string, unknown>>;
    return typeof port === 'number' && typeof pid === 'number' && typeof version === 'string' ? { port, pid, version } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

export async function removeEndpoint(path: string): Promise<void> {
  await rm(path, { force: true });
}
