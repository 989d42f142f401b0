/** Records everything that passes a machine's interface with tcpdump. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LanHost } from './lan.js';
import { start } from './program.js';
import { tempFolder } from './temp.js';

export interface Capture {
  /** Stops recording; the capture file's bytes. */
  end(): Promise<Buffer>;
}

export async function capture(host: LanHost): Promise<Capture> {
  const file = join(await tempFolder('capture'), 'packets');
  const program = start('tcpdump', ['-i', 'eth0', '-U', '-s', '0', '-B', '16384', '-Z', 'root', '-w', file], { netns: host.netns });
  await program.says(/listening on/);
  return {
    async end() {
      let before = -1;
      // The last packets are written a moment after they passed.
      for (let size = 0; size !== before; size = (await stat(file)).size) {
        before = size;
        await sleep(300);
      }
      const { stderr } = await program.stop('SIGINT');
      const dropped = /(\d+) packets dropped by kernel/.exec(stderr)?.[1];
      if (dropped !== '0') throw new Error(`tcpdump lost packets: ${stderr}`);
      return readFile(file);
    },
  };
}
