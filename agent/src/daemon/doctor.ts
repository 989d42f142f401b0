/** `doctor`: each thing that can be wrong, whether it is, and how to mend it. */
import { execFile } from 'node:child_process';
import { stat, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { CheckView } from '../control/views.js';
import { size } from '../control/page/words.js';
import { proofWords } from '../relay/holds.js';
import { mailboxTrouble } from '../relay/why.js';
import type { Agent } from './agent.js';
import { OUT_OF_SPACE } from './alarms.js';
import { peerStatuses } from './devices.js';

type Check = (agent: Agent) => Promise<Omit<CheckView, 'check'>>;

const well = (detail: string): Omit<CheckView, 'check'> => ({ ok: true, detail, fix: '' });
const ill = (detail: string, fix: string): Omit<CheckView, 'check'> => ({ ok: false, detail, fix });

/** Entries a mailbox that are read back. */
const SAMPLED = 16;
const ROOM_BYTES_MIN = 200 * 1000 * 1000;

const CHECKS: Readonly<Record<string, Check>> = {
  async home({ paths }) {
    const { mode } = await stat(paths.home);
    if ((mode & 0o077) !== 0) return ill('other users of this machine may look into the home folder', `run: chmod 700 ${paths.home}`);
    return well(paths.home);
  },
  async disk({ paths }) {
    const { bavail, bsize } = await statfs(paths.home);
    const free = bavail * bsize;
    return free < ROOM_BYTES_MIN ? ill(`only ${size(free)} free`, 'free some space on this disk') : well(`${size(free)} free`);
  },
  async store({ store, alarms }) {
    const { entries, bytes } = await store.size();
    if (alarms.all().some(({ alarm }) => alarm === 'store-full' || alarm === 'store-broken'))
      return ill('the store refused to save something since the start', 'free some space or check the disk, then restart');
    if (store.salvaged !== null) return ill(`the store was mended at this start: ${store.salvaged.reason}`, 'run: leanvibe verify');
    return well(`${entries} sealed entries, ${size(bytes)}`);
  },
  async secrets({ secretsIn }) {
    return secretsIn === 'file'
      ? well('device keys are in a plain file only this user can read')
      : well(secretsIn === 'keychain' ? 'device keys are in the system keychain' : 'device keys are sealed by your passphrase');
  },
  async network({ lanPorts }) {
    return lanPorts === null
      ? ill('other devices cannot reach this one: no port could be opened', 'see: leanvibe logs')
      : well(`ports ${lanPorts.tcp} and ${lanPorts.ws}`);
  },
  async discovery({ discovery }) {
    if (discovery() === 'failed') return ill('finding devices on the network does not work', 'check that UDP port 5353 is not blocked');
    return discovery() === 'off' ? well('off, by your setting') : well('on');
  },
  async devices(agent) {
    const away = peerStatuses(agent).filter(({ state }) => state === 'offline');
    const all = agent.peers.wanted().length;
    if (all === 0) return well('only this device');
    return away.length === 0
      ? well(`all ${all} reachable`)
      : ill(`not reachable now: ${away.map(({ name }) => name).join(', ')}`, 'start LeanVibe there, on the same network');
  },
  async relays({ relays }) {
    const rows = relays.rows();
    if (rows.length === 0) return well('signed in to none');
    const away = rows.filter(({ state }) => state === 'offline' || state === 'silent' || state === 'refused');
    if (away.length > 0)
      return ill(away.map(({ origin, reason }) => `${origin}: ${reason ?? 'it does not answer'}`).join('; '), 'see: leanvibe relay status');
    const troubles = rows.flatMap(({ origin, mailboxes }) =>
      mailboxes.flatMap((one) => {
        const trouble = mailboxTrouble(one);
        return trouble === null ? [] : [`${origin}, ${one.spaceName}: ${trouble}`];
      }),
    );
    if (troubles.length > 0) return ill(troubles.join('; '), 'see: leanvibe relay status');
    const proofs = await relays.prove(SAMPLED);
    const shown = proofs.map((one) => ({ ...proofWords(one), at: `${one.spaceName} at ${one.origin}` }));
    const said = shown.map(({ at, words }) => `${at}: ${words}`);
    const whole = shown.every(({ ok }) => ok);
    return whole ? well(said.join('; ')) : ill(said.join('; '), 'what it lacks is sent again by itself; do not rely on it alone');
  },
  async membership({ engine }) {
    const home = engine.spaces().find((space) => space.home);
    if (home?.standing === 'removed') return ill('this device was removed', 'pair it anew from another device of yours');
    const owed = engine.spaces().flatMap(({ rotationOwed }) => rotationOwed).length;
    return owed > 0
      ? ill('keys were not renewed yet after a removal', 'write something here, or start another device of yours')
      : well('in order');
  },
  async copy({ engine }) {
    return engine.cloned()
      ? ill('this home is an older or second copy: edits are kept here', 'only if the other copy is gone, run: leanvibe devices continue')
      : well('this home is the only one of its kind, as far as is known');
  },
  async git() {
    try {
      const { stdout } = await promisify(execFile)('git', ['--version'], { timeout: 5_000 });
      return well(stdout.trim());
    } catch {
      return ill('git was not found', 'install git: without it, folders are indexed without their history');
    }
  },
};

const OTHER_WAY =
  'ask whoever runs the relay; bring your devices together on one network once, or sign in to another: leanvibe relay login <address>';
const FIXES: Readonly<Record<string, string>> = { 'relay-forked': OTHER_WAY, 'relay-withheld': OTHER_WAY, 'relay-unreliable': OTHER_WAY };

export async function doctor(agent: Agent): Promise<readonly CheckView[]> {
  const views: CheckView[] = [];
  for (const [check, run] of Object.entries(CHECKS)) {
    const found = await run(agent).catch((error: unknown) =>
      ill(`could not be checked (${error instanceof Error ? error.name : 'unknown'})`, 'see: leanvibe logs'),
    );
    views.push({ check, ...found });
  }
  for (const { alarm, message } of agent.alarms.all())
    if (alarm !== 'cloned' && alarm !== OUT_OF_SPACE)
      views.push({ check: `alarm: ${alarm}`, ok: false, detail: message, fix: FIXES[alarm] ?? '' });
  return views;
}
