/** T4: a year in the life of a space. Documents stay about as large as what is in them: on disk, on the wire to a newcomer, and when somebody looks. */
import { execFile } from 'node:child_process';
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { DocumentId } from '@leanvibe/protocol/ids';
import Sqlite from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { loadTrace } from '../bench/kit/trace.js';
import { LONG, rounds } from '../help/needs.js';
import { ROOT } from '../help/root.js';
import { tempFolder } from '../help/temp.js';
import { createYears, plainState, type YearDevice } from '../help/year.js';
import { gather, type Life, live, meet } from '../help/year-life.js';
import type { Look, Ours, Plain } from '../help/year-open.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** A tenth of the year per run, the whole of it in the long run. */
const DOCUMENTS = rounds(20, 200);
const EDITS_EACH = 5_000;
/** What a fresh process may take beside plain Yjs whatever the size, as B1 has it. */
const OPEN_MS = 2;

const kib = (bytes: number): string => `${Math.round(bytes / 1024)} KiB`;
const times = (a: number, b: number): string => `${(a / b).toFixed(2)}x`;
/** Of several looks by turns: what else the machine does only ever adds. */
const best = (all: readonly number[]): number => Math.min(...all);

function bytesIn(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

/** A store's own size, without pages that wait to be used again. */
function denseBytes({ path }: YearDevice): number {
  const copy = `${path}.dense`;
  const db = new Sqlite(path, { readonly: true });
  db.prepare('VACUUM INTO ?').run(copy);
  db.close();
  const { size } = statSync(copy);
  rmSync(copy);
  return size;
}

/** Documents that two devices do not show alike, and records that are not sound. */
async function amiss({ devices, space, documents }: Life): Promise<readonly string[]> {
  const found: string[] = [];
  const first = devices[0] as YearDevice;
  for (const document of documents) {
    const shown = Buffer.from((await first.engine.canonical(space, document)) ?? []);
    for (const one of devices)
      if (!shown.equals((await one.engine.canonical(space, document)) ?? new Uint8Array(0))) found.push(`${one.name} shows another`);
  }
  for (const one of devices)
    for (const { sound, wrongVerdicts } of (await one.engine.audit(space))?.documents ?? [])
      if (!sound || wrongVerdicts.length > 0) found.push(`${one.name}: audit`);
  return found;
}

async function rowsOf({ store }: YearDevice, space: Life['space']): Promise<{ readonly all: number; readonly pruned: number }> {
  const ids = await store.ids(space, 2);
  return { all: ids.length, pruned: (await store.pruned(space, ids)).filter(Boolean).length };
}

/** A first look in a process of its own. */
async function look(asked: Ours | Plain): Promise<Look> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, 'tests/dist/help/year-open.js'), JSON.stringify(asked)]);
  return JSON.parse(stdout) as Look;
}

describe('a year', () => {
  test('C35 C36 C37 after attested checkpoints a space takes at most twice the bytes of its plain states, and a newcomer is sent at most half as many again', {
    timeout: rounds(20, 300) * MINUTE,
  }, async () => {
    const trace = loadTrace();
    const years = createYears(await tempFolder('year'), 'year');
    const gathered = await gather(years);
    const { devices, space } = gathered;
    // Tables, two spaces and five devices: as much in a tenth of a year as in a whole one.
    const empty = LONG ? 0 : Math.max(...devices.map(denseBytes));
    const life = await live(years, gathered, trace.edits, { count: DOCUMENTS, edits: EDITS_EACH, seed: 'year' });
    const { documents } = life;
    const mac = devices[0] as YearDevice;
    const wires = meet(years, devices, mac);
    await years.run(DAY);
    expect(await amiss(life)).toEqual([]);
    const states = new Map<DocumentId, Uint8Array>();
    for (const document of documents) states.set(document, await plainState(mac, space, document));
    const plain = [...states.values()].reduce((sum, state) => sum + state.length, 0);
    const changes = await rowsOf(mac, space);

    const newcomer = await years.device('newcomer');
    await years.pair(mac, newcomer);
    for (const wire of wires) wire.cut();
    await years.run(MINUTE);
    const first = years.link(newcomer, mac);
    await years.run(5 * MINUTE);
    first.cut();
    await years.run(MINUTE);
    const second = years.link(newcomer, mac);
    await years.run(5 * MINUTE);
    second.cut();
    expect(await amiss({ ...life, devices: [mac, newcomer] })).toEqual([]);

    await years.stop();
    const stores = devices.map((one) => ({ name: one.name, bytes: bytesIn(dirname(one.path)) }));
    const opens = await openings(mac, life, states);
    const report = [
      `T4: ${life.edits.toLocaleString('en')} edits over ${documents.length} documents by ${devices.length} devices; typing of ${trace.source}`,
      `  plain states ${kib(plain)}; ${changes.all} changes (${Math.round(life.edits / changes.all)} edits each), of which ${changes.pruned} pruned`,
      ...stores.map(
        ({ name, bytes }) =>
          `  store of ${name}: ${kib(bytes)}, ${times(bytes, plain)}${LONG ? '' : `; without the ${kib(empty)} of a store with no documents ${times(bytes - empty, plain)}`} (at most 2x)`,
      ),
      `  a newcomer's first sync: ${kib(first.bytes())}, ${times(first.bytes(), plain)} (at most 1.5x); its second, quiet: ${second.bytes()} bytes`,
      ...opens.map(
        ({ bytes, ours, theirs }) =>
          `  cold open of ${kib(bytes)}: ${ours.toFixed(1)} ms beside plain Yjs ${theirs.toFixed(1)} ms, ${times(ours, theirs)} (at most 1.3x and ${OPEN_MS} ms)`,
      ),
    ];
    process.stdout.write(`${report.join('\n')}\n`);
    for (const { name, bytes } of stores) expect.soft((bytes - empty) / plain, `store of ${name}`).toBeLessThanOrEqual(2);
    expect.soft(first.bytes() / plain, 'first sync').toBeLessThanOrEqual(1.5);
    // Hellos, tags and heads of two spaces, and heartbeats; no entry has so few bytes.
    expect.soft(second.bytes(), 'second sync').toBeLessThan(4_096);
    for (const { ours, theirs } of opens) expect.soft(ours, 'cold open').toBeLessThanOrEqual(theirs * 1.3 + OPEN_MS);
  });
});

/** Cold opens of the smallest, the middle and the largest document: the medians of several fresh processes, ours and plain Yjs by turns. */
async function openings(
  device: YearDevice,
  { space }: Life,
  states: ReadonlyMap<DocumentId, Uint8Array>,
): Promise<readonly { readonly bytes: number; readonly ours: number; readonly theirs: number }[]> {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const { signingSeed, sealingSecret, localKey } = device.secrets;
  const secrets = [hex(signingSeed), hex(sealingSecret), hex(localKey)] as const;
  const bySize = [...states].toSorted((a, b) => a[1].length - b[1].length);
  const chosen = [0, Math.floor(bySize.length / 2), bySize.length - 1].map((at) => bySize[at] as [DocumentId, Uint8Array]);
  const measured: { readonly bytes: number; readonly ours: number; readonly theirs: number }[] = [];
  for (const [document, state] of chosen) {
    const file = `${device.path}.${document.slice(0, 8)}`;
    writeFileSync(file, state);
    const [ours, theirs] = [[], []] as [number[], number[]];
    for (let round = 0; round < 9; round++) {
      const mine = await look({ store: device.path, secrets, space, document });
      const others = await look({ file });
      expect(mine.characters).toBe(others.characters);
      ours.push(mine.ms);
      theirs.push(others.ms);
    }
    measured.push({ bytes: state.length, ours: best(ours), theirs: best(theirs) });
  }
  return measured;
}
