/** The relay's real program on this machine, with all it keeps, says and has in its memory laid open. */
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRelayApi } from '@leanvibe/agent/internal/relay/api';
import { type Program, start } from './program.js';
import { ROOT } from './root.js';
import { tempFolder } from './temp.js';

const RELAY = join(ROOT, 'relay/bin/leanvibe-relay.js');
export const PASSWORD = 'nine dry herons on the pier';

export interface RelayProgram {
  readonly origin: string;
  readonly program: Program;
  /** Every file of its folder, those of the database's log included. */
  files(): Promise<readonly Found[]>;
  /** What its process may write to and has, range by range. Linux only. */
  memory(look: (piece: Buffer) => void): Promise<number>;
}

export interface Found {
  readonly name: string;
  readonly bytes: Buffer;
}

export async function startRelay(): Promise<RelayProgram> {
  const folder = await tempFolder('relay');
  const env = { RELAY_LOG_LEVEL: 'debug' };
  const program = start(process.execPath, [RELAY, 'serve', '--port', '0', '--registration', 'open'], { cwd: folder, env });
  await program.says('the relay serves');
  const origin = /serves at (\S+)/.exec(program.stdout())?.[1];
  if (origin === undefined) throw new Error(program.stdout());
  return {
    origin,
    program,
    async files() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile());
      return Promise.all(files.map(async ({ name, parentPath }) => ({ name, bytes: await readFile(join(parentPath, name)) })));
    },
    memory: (look) => memoryOf(program.pid, look),
  };
}

/** An account, and a device of it under a label. */
export async function accountAt(origin: string, email: string, label: string, register: boolean): Promise<string> {
  const api = createRelayApi(origin);
  if (register) {
    const made = await api.register(email, PASSWORD, null);
    if (!made.ok) throw new Error(made.error.message);
  }
  const signed = await api.signIn({ email, password: PASSWORD, code: null }, label);
  if (!signed.ok) throw new Error(signed.error.message);
  return signed.value.token;
}

const PIECE = 1024 * 1024;
/** What lies across the edge of two pieces is seen whole in the second. */
const OVERLAP = 4096;
const NOTHING = Buffer.alloc(PIECE);

async function memoryOf(pid: number, look: (piece: Buffer) => void): Promise<number> {
  const maps = await readFile(`/proc/${pid}/maps`, 'utf8');
  const memory = await open(`/proc/${pid}/mem`, 'r');
  let bytes = 0;
  try {
    for (const line of maps.split('\n')) {
      const range = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line);
      if (range === null) continue;
      const [from, to] = [Number.parseInt(range[1] ?? '', 16), Number.parseInt(range[2] ?? '', 16)];
      for (let at = from; at < to; at += PIECE - OVERLAP) {
        const piece = Buffer.alloc(Math.min(PIECE, to - at));
        // A range may go away while it is read, and some of the kernel's cannot be.
        const read = await memory.read(piece, 0, piece.length, at).catch(() => null);
        if (read === null) continue;
        const had = piece.subarray(0, read.bytesRead);
        // Most of what is mapped was never written to.
        if (had.equals(NOTHING.subarray(0, had.length))) continue;
        bytes += had.length;
        look(had);
      }
    }
  } finally {
    await memory.close();
  }
  return bytes;
}
