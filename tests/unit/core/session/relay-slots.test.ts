/** Slots of one relay connection: the one in use is never given again, however long the connection stands (C31, C41). */
import { openRelaySession, type RelaySessionDeps } from '@leanvibe/core/internal/session/relay';
import { relayDown, relayUp, type RelayDown } from '@leanvibe/protocol/relay';
import { decode, encode } from '@leanvibe/protocol/shape';
import { WIRE_VERSION } from '@leanvibe/protocol/version';
import type { ChannelEvents } from '@leanvibe/core/internal/ports/channel';
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../help/clock.js';

const NAME = new Uint8Array(32);

test('C41 after 65,536 pipes the slot of one that still waits is passed over', () => {
  const frames: Uint8Array[] = [];
  const slotOf = (frame: Uint8Array | undefined): number | null => {
    const message = decode(relayUp, frame ?? new Uint8Array());
    return message.ok && message.value.type === 'pipe' ? message.value.slot : null;
  };
  let events: ChannelEvents | null = null;
  const deps = { clock: createVirtualClock(), spaces: {} } as unknown as RelaySessionDeps;
  const session = openRelaySession(
    deps,
    {
      send: (frame) => void frames.push(frame),
      queuedBytes: () => 0,
      start: (given) => void (events = given),
      close: () => undefined,
    },
    { origin: 'https://relay.test', token: null },
    { changed: () => undefined, closed: () => undefined },
  );
  const say = (message: RelayDown): void => events?.onFrame(encode(relayDown, message));
  say({ type: 'welcome', version: WIRE_VERSION, nonce: NAME, account: null, device: null });
  const waits = session.pipe(NAME, 'host');
  const slot = slotOf(frames.at(-1));
  for (let count = 0; count < 65_535; count++) session.pipe(NAME, 'guest').close();
  frames.length = 0;
  session.pipe(NAME, 'guest');
  expect([slot, slotOf(frames[0])]).toEqual([0, 1]);
  const got: Uint8Array[] = [];
  waits.start({ onBytes: (bytes) => void got.push(bytes), onDrain: () => undefined, onClose: () => undefined });
  say({ type: 'data', slot: slot ?? -1, bytes: Uint8Array.of(7) });
  expect(got).toEqual([Uint8Array.of(7)]);
});
