/** Somebody else on the same network: what an unpaired agent and a hand-made dialler learn about two devices that sync, and that both are refused. */
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { PairOffer } from '@leanvibe/agent/internal/control/views';
import { sessionMessage } from '@leanvibe/protocol/peer';
import { decode } from '@leanvibe/protocol/shape';
import { capture } from '../help/capture.js';
import { machines, pairByLink } from '../help/lan-stories.js';
import type { Machine } from '../help/machine.js';
import { leftOut } from '../help/needs.js';
import { run } from '../help/program.js';
import { findIn, marker } from '../help/sought.js';
import { until } from '../help/wait.js';

const PROBE = fileURLToPath(new URL('lan-stranger.probe.mjs', import.meta.url));

interface Said {
  readonly event: string;
  readonly peer?: string;
  readonly hex?: string;
  readonly reason?: string;
  readonly code?: string;
}

async function probe(from: Machine, protocol: string, to: Machine): Promise<readonly Said[]> {
  const { ports } = await to.ask('status', {});
  const { stdout, stderr, code } = await run(
    process.execPath,
    [PROBE, protocol, `/ip4/${to.host.address}/tcp/${ports.tcp}`, `/ip4/${to.host.address}/tcp/${ports.ws}/ws`],
    { netns: from.host.netns },
  );
  expect(code, stderr).toBe(0);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Said);
}

describe.skipIf(leftOut('lan'))('a stranger on the network', () => {
  test('A3, C25, C39: an unpaired agent learns nothing but address, ports, version and peer id, and is refused', async () => {
    const [ana, bea, eve] = await machines('ana', 'bea', 'eve');
    const recording = await capture(eve.host);
    const words = { task: marker(), note: marker(), project: marker() };
    const { project } = await ana.ask('project.add', { path: ana.folder, name: words.project });
    await pairByLink(ana, bea);
    await ana.ask('task.add', { project: project.id, title: words.task });
    await bea.ask('note.append', { project: project.id, text: words.note });
    await until('the note', async () => (await ana.ask('note.show', { project: project.id })).text.includes(words.note));
    const ids = {
      space: (await ana.ask('id', {})).space,
      person: (await ana.ask('id', {})).person,
      bea: (await bea.ask('id', {})).deviceId,
      project: project.id,
    };

    const told = await eve.ask('status', {});
    expect([told.peers, told.projects]).toEqual([[], []]);
    expect(findIn('status', Buffer.from(JSON.stringify(told)), words)).toEqual([]);

    const probed = await probe(eve, '/leanvibe/sync/1', ana);
    expect(probed[0]).toMatchObject({ event: 'dialled', peer: (await ana.ask('id', {})).deviceId });
    expect(probed.at(-1)?.event).toBe('closed');
    const frames = probed.filter(({ event }) => event === 'frame').map(({ hex = '' }) => Buffer.from(hex, 'hex'));
    expect(frames.map((frame) => decode(sessionMessage, frame)).map((message) => (message.ok ? message.value.type : 'unreadable'))).toEqual(
      ['hello', 'bye'],
    );
    expect(findIn('frames', Buffer.concat(frames), { ...words, ...ids })).toEqual([]);
    for (const id of Object.values(ids)) expect(Buffer.concat(frames).includes(Buffer.from(id, 'hex'))).toBe(false);

    // Nobody pairs at bea, so the door does not even exist.
    expect((await probe(eve, '/leanvibe/pair/1', bea))[0]?.event).toBe('refused');
    for (const one of [ana, bea]) expect((await one.ask('device.list', {})).length).toBe(2);
    const seen = await recording.end();
    expect(seen.length).toBeGreaterThan(500);
    expect(findIn('what passed eve', seen, { ...words, ana: (await ana.ask('id', {})).deviceId, ...ids })).toEqual([]);
    expect((await ana.ask('status', {})).inStep).toBe(true);
  }, 90_000);

  test('C40, C41: guessing codes and bending links lets nobody in, and few guesses are heard at all', async () => {
    const [ana, eve] = await machines('ana', 'eve');
    const { link, code } = await ana.json<PairOffer>('pair');
    const bent = `${link.slice(0, 80)}${link[80] === 'A' ? 'B' : 'A'}${link.slice(81)}`;
    const guesses = Array.from({ length: 3 }, (_, n) => String((Number(code) + 1 + n) % 100_000_000).padStart(8, '0'));
    await until('eve to find ana', async () => !/no LeanVibe agent/.test((await eve.cli('join', guesses[0] ?? '')).stderr));
    for (const wrong of [bent, ...guesses]) {
      const { code: exit, stderr } = await eve.cli('join', wrong);
      expect([exit, stderr.trim().split('\n').length <= 2], stderr).toEqual([1, true]);
    }
    await sleep(200);
    expect((await ana.ask('device.list', {})).length).toBe(1);
    expect((await ana.ask('status', {})).refusals).toMatchObject({ 'pairing-proof': expect.any(Number) as number });
  }, 60_000);
});
