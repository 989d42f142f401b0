/** Which way to a device is taken: the network first, relays soon beside it, the first that is open, and no other stays. */
import { goOn, reach, type Reached, type Sought } from '@leanvibe/agent/internal/daemon/reach';
import type { Lan } from '@leanvibe/agent/internal/transport/lan';
import type { Pipe } from '@leanvibe/agent/internal/transport/pipe';
import type { PipedPeer } from '@leanvibe/agent/internal/transport/pipes';
import type { Result } from '@leanvibe/core/internal/base/result';
import type { Channel } from '@leanvibe/core/internal/ports/channel';
import type { DeviceId } from '@leanvibe/protocol/ids';
import { describe, expect, test } from 'vitest';
import { createVirtualClock } from '../../../help/clock.js';

const PEER = 'ab'.repeat(32) as DeviceId;
const [NEAR, FAR] = ['https://near.example', 'https://far.example'];
const sought: Sought = { addresses: ['/ip4/10.0.0.5/tcp/1'], expect: PEER, place: { origins: [NEAR, FAR], name: new Uint8Array(32) } };
const PAIR = '/leanvibe/pair/1';

/** After so many ms; null: never, until it is called off. */
interface Way {
  readonly afterMs: number | null;
  readonly fails?: string;
}

function stage(network: Way, relays: Readonly<Record<string, Way>>) {
  const clock = createVirtualClock();
  const asked: string[] = [];
  const closed: string[] = [];
  const channel = (via: string): Channel => ({ peer: PEER, via, close: () => void closed.push(via) }) as unknown as Channel;
  const wait = (what: string, { afterMs }: Way, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      asked.push(`${what} at ${clock.nowMs() - startedMs}`);
      signal.addEventListener('abort', () => reject(new Error('called off')), { once: true });
      if (afterMs !== null) clock.after(afterMs, resolve);
    });
  const startedMs = clock.nowMs();
  const lan: Pick<Lan, 'dial' | 'dialOver'> = {
    dial: (_addresses, _protocol, how) =>
      wait('network', network, how?.signal ?? new AbortController().signal).then(
        () =>
          network.fails === undefined
            ? { ok: true, value: channel('tcp') }
            : { ok: false, error: { code: 'unreachable', message: network.fails } },
        () => ({ ok: false, error: { code: 'aborted', message: 'the dial was called off' } }),
      ),
    dialOver: async (_pipe, origin) => ({
      ok: true,
      value: { device: PEER, open: async () => ({ ok: true, value: channel(origin) }), close: () => void closed.push(`pipe ${origin}`) },
    }),
  };
  const rendezvous = {
    origins: () => [],
    host: () => undefined,
    guest: async (origin: string, _name: Uint8Array, signal: AbortSignal) => {
      const way = relays[origin] ?? { afterMs: null };
      await wait(origin, way, signal);
      if (way.fails !== undefined) throw new Error(way.fails);
      return { close: () => void closed.push(`pipe ${origin}`) } as unknown as Pipe;
    },
  };
  const over = new AbortController();
  let result: Result<Reached, { readonly message: string }> | null = null;
  return {
    clock,
    asked,
    closed,
    over,
    go: (what = sought) => void reach({ clock, lan, rendezvous }, what, PAIR, over.signal).then((told) => (result = told)),
    via: () => (result?.ok === true ? result.value.channel.via : (result?.error.message ?? null)),
  };
}

describe('C40 the way to a device', () => {
  test('C40 a device that answers on the network is met there, and no relay is asked', async () => {
    const at = stage({ afterMs: 1_900 }, {});
    at.go();
    await at.clock.advance(10_000);
    expect([at.via(), at.asked, at.closed]).toEqual(['tcp', ['network at 0'], []]);
  });

  test('C40 after two seconds relays are asked beside the network; the first answer wins and the others are called off', async () => {
    const at = stage({ afterMs: null }, { [NEAR]: { afterMs: null }, [FAR]: { afterMs: 300 } });
    at.go();
    await at.clock.advance(10_000);
    expect([at.via(), at.asked]).toEqual([FAR, ['network at 0', `${NEAR} at 2000`, `${FAR} at 2000`]]);
    expect(at.closed).toEqual([]);
    const late = stage({ afterMs: 2_500 }, { [NEAR]: { afterMs: null }, [FAR]: { afterMs: null } });
    late.go();
    await late.clock.advance(10_000);
    expect(late.via()).toBe('tcp');
  });

  test('C40 a network that fails sooner is not waited for, and without addresses relays are asked at once', async () => {
    const at = stage({ afterMs: 100, fails: 'nothing answers' }, { [NEAR]: { afterMs: 50 } });
    at.go();
    await at.clock.advance(200);
    expect([at.via(), at.asked[1]]).toEqual([NEAR, `${NEAR} at 100`]);
    const without = stage({ afterMs: 0 }, { [NEAR]: { afterMs: 50 } });
    without.go({ ...sought, addresses: [] });
    await without.clock.advance(200);
    expect([without.via(), without.asked]).toEqual([NEAR, [`${NEAR} at 0`, `${FAR} at 0`]]);
  });

  test('A8 C40 when every way fails all are told', async () => {
    const at = stage(
      { afterMs: 100, fails: 'nothing answers at 10.0.0.5:1' },
      { [NEAR]: { afterMs: 1, fails: 'nobody waits there' }, [FAR]: { afterMs: 9, fails: 'it does not answer' } },
    );
    at.go();
    await at.clock.advance(1_000);
    expect(at.via()).toBe(
      'nothing answers at 10.0.0.5:1; the relay near.example: nobody waits there; the relay far.example: it does not answer',
    );
  });

  test('C40 called off it ends at once, and leaves nothing open', async () => {
    const at = stage({ afterMs: null }, { [NEAR]: { afterMs: null }, [FAR]: { afterMs: null } });
    at.go();
    await at.clock.advance(3_000);
    at.over.abort();
    await at.clock.advance(1);
    expect([at.via(), at.closed]).toEqual(['the dial was called off', []]);
    const soon = stage({ afterMs: null }, {});
    soon.go();
    soon.over.abort();
    await soon.clock.advance(10_000);
    expect([soon.via(), soon.asked]).toEqual(['the dial was called off', ['network at 0']]);
  });

  test('C41 a pipe goes on as a session unless the two are connected already', async () => {
    const connected: string[] = [];
    const opened: string[] = [];
    const piped: PipedPeer = {
      device: PEER,
      open: async (protocol) => (opened.push(protocol), { ok: true, value: { via: 'relay-pipe' } as unknown as Channel }),
      close: () => undefined,
    };
    const engine = (state: 'in-step' | 'silent' | null): Parameters<typeof goOn>[0]['engine'] => ({
      connect: ({ via }) => void connected.push(via),
      peers: () => (state === null ? [] : [{ device: PEER, via: 'tcp', address: '', state, pendingIn: 0, pendingOut: 0 }]),
    });
    for (const state of [null, 'silent', 'in-step'] as const)
      await goOn({ engine: engine(state), logger: { log: () => undefined } }, piped);
    expect([connected, opened]).toEqual([
      ['relay-pipe', 'relay-pipe'],
      ['/leanvibe/sync/1', '/leanvibe/sync/1'],
    ]);
  });
});
