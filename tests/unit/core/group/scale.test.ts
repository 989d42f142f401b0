/** A large team: what a rotation costs for 150 devices, how fast ten thousand membership links resolve, and that history makes an addition no slower (T6's figures are printed). */
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { createGraph } from '@leanvibe/core/internal/group/graph';
import type { Link } from '@leanvibe/core/internal/group/link';
import type { Membership } from '@leanvibe/core/internal/group/membership';
import { createResolver } from '@leanvibe/core/internal/group/resolve';
import { epochOf, sealBoxes, signAnnouncement } from '@leanvibe/core/internal/keys/announce';
import { freshEphemeral, sealPrior } from '@leanvibe/core/internal/keys/box';
import { createSealer } from '@leanvibe/core/internal/keys/entry';
import { commitAppend, commitRead, freshSecrets } from '@leanvibe/core/internal/keys/epoch';
import { type DeviceId, type EpochId, type LinkId, makeId, type SpaceId } from '@leanvibe/protocol/ids';
import type { Operation } from '@leanvibe/protocol/link';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../help/random.js';
import { act, device, foundWorld, linkFrom, type World } from './world.js';

const PEOPLE = 100;
const DEVICES = 150;

/** A hundred people, half of them with two devices. */
function company(): World {
  const world = foundWorld('p0');
  for (let at = 1; at < PEOPLE; at++) world.say('p0.computer', act.addPerson(`p${at}`, 'editor', `p${at}.computer`));
  for (let at = 0; at < DEVICES - PEOPLE; at++) world.say(`p${at}.computer`, act.addDevice(`p${at}.phone`));
  return world;
}

const median = (all: readonly number[]): number => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;

function resolve(space: SpaceId, links: readonly Link[]): Membership {
  const graph = createGraph(space);
  for (const link of links) graph.add(link);
  return createResolver(graph).now();
}

/** The best of several, by the clock or by this process's own time, whichever is less: the machine may be busy with something else. */
function leastMs(boundMs: number, work: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5 || (round < 30 && least > 0.75 * boundMs); round++) {
    const startedMs = performance.now();
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, performance.now() - startedMs, (user + system) / 1000);
  }
  return least;
}

describe('a large team', () => {
  test('C13 P11: rotating for 150 devices costs at most 50 ms and 22 KB', () => {
    const crypto = nativeCrypto();
    const random = createRandom('company');
    const space = makeId<SpaceId>(random.bytes(32));
    const signing = crypto.signingKeys(random.bytes(32));
    const recipients = Array.from({ length: DEVICES }, () => ({
      device: makeId<DeviceId>(random.bytes(32)),
      sealingKey: crypto.boxPublicKey(random.bytes(32)),
      append: true,
    }));
    const parent = { epoch: makeId<EpochId>(random.bytes(32)), ...freshSecrets(random) };
    let bytes = 0;
    const tookMs = leastMs(50, () => {
      const link = makeId<LinkId>(random.bytes(32));
      const secrets = { epoch: epochOf(link), ...freshSecrets(random) };
      const ephemeral = freshEphemeral(crypto, random);
      const plaintext = signAnnouncement(crypto, signing, {
        epoch: link,
        parents: [parent.epoch as string as LinkId],
        commitRead: commitRead(crypto, space, secrets.read),
        commitAppend: commitAppend(crypto, space, secrets.append),
        ephemeral: ephemeral.publicKey,
        boxes: sealBoxes(crypto, random, space, ephemeral, secrets, recipients),
        priors: [{ epoch: parent.epoch as string as LinkId, sealed: sealPrior(crypto, random, secrets.read, parent.read) }],
        author: makeId<DeviceId>(signing.publicKey),
      });
      bytes = createSealer(crypto, parent).seal('announcement', plaintext).bytes.length;
    });
    process.stdout.write(`rotation for ${DEVICES} devices: ${tookMs.toFixed(1)} ms, announcement ${bytes} bytes\n`);
    expect(tookMs).toBeLessThan(50);
    expect(bytes).toBeLessThanOrEqual(22 * 1024);
  });

  test('C4 P11: ten thousand links resolve within 200 ms, and an addition costs the same after them as before', () => {
    const { space, links: first } = company();
    const links = [...first];
    const graph = createGraph(space);
    for (const link of links) graph.add(link);
    const resolver = createResolver(graph);
    const author = device('p0.computer');
    let index = links.filter((link) => link.body.author === author).length;
    const say = (operation: Operation): number => {
      const link = linkFrom({ space, parents: graph.heads(), author, index: index++, operation });
      links.push(link);
      const startedMs = performance.now();
      graph.add(link);
      resolver.now();
      return performance.now() - startedMs;
    };
    const join = (name: string): number => say(act.addPerson(name, 'viewer', `${name}.computer`));
    const joins = (when: string): number => median(Array.from({ length: 25 }, (_, at) => join(`${when}${at}`)));
    const until = (size: number): void => {
      for (let at = 0; links.length < size; at++) say(act.setRole(`p${1 + (at % (PEOPLE - 1))}`, at % 2 === 0 ? 'admin' : 'editor'));
    };
    const early = joins('early');
    until(2_000);
    const middle = joins('middle');
    until(10_000);
    const late = joins('late');

    const tookMs = leastMs(200, () => expect(resolve(space, links).persons.length).toBe(PEOPLE + 75));
    process.stdout.write(
      `${links.length} links resolved in ${tookMs.toFixed(0)} ms; adding a person: ${early.toFixed(2)} ms after 200 links, ${middle.toFixed(2)} ms after 2,000, ${late.toFixed(2)} ms after 10,000\n`,
    );
    expect(tookMs).toBeLessThan(200);
    expect(late).toBeLessThan(5 * early + 1);
  }, 120_000);

  test('C4 P11: ten thousand links by many at once, with people removed and added again in between, resolve within 200 ms', () => {
    const { space, links: first } = company();
    const links = [...first];
    let tips: readonly Link[] = links.slice(-1);
    const counts = new Map<string, number>();
    for (const link of links) counts.set(link.body.author, (counts.get(link.body.author) ?? 0) + 1);
    const say = (name: string, operation: Operation): Link => {
      const author = device(name);
      const index = counts.get(author) ?? 0;
      counts.set(author, index + 1);
      const link = linkFrom({ space, parents: tips.map((one) => one.id).sort(), author, index, operation });
      links.push(link);
      return link;
    };
    // Rounds of fifteen who do not know of each other yet; once in a while somebody goes, has written meanwhile, and comes back.
    for (let round = 0; links.length < 10_000; round++) {
      const writers = Array.from({ length: 14 }, (_, at) => `p${1 + ((round * 14 + at) % (PEOPLE - 1))}`);
      const gone = writers[round % 14] as string;
      const beside = writers.map((name) => say(`${name}.computer`, act.accept(`${round}/${name}`)));
      if (round % 4 === 0) beside.push(say('p0.computer', act.removePerson(gone)));
      tips = beside;
      if (round % 4 === 0) tips = [say('p0.computer', act.addPerson(gone, 'editor', `${gone}.computer`))];
    }
    const tookMs = leastMs(200, () => expect(resolve(space, links).persons.length).toBe(PEOPLE));
    process.stdout.write(`${links.length} links of fifteen at once resolved in ${tookMs.toFixed(0)} ms\n`);
    expect(tookMs).toBeLessThan(200);
  }, 120_000);
});
