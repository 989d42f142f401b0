/** Authors in documents: a robot is told from a device, and whatever else stands there is no robot. */
import { personOf, readRobot, robotOf } from '@leanvibe/agent/internal/product/author';
import type { DeviceId, TokenId } from '@leanvibe/protocol/ids';
import { BY_BYTES_MAX } from '@leanvibe/core/internal/doc/product/tasks';
import { expect, test } from 'vitest';
import { madeId } from '../../../vectors/kit.js';

const device = madeId<DeviceId>('device');
const token = { id: madeId<TokenId>('token', 16), name: 'ci: nightly' };

test('C46 a robot’s author says its name and the device that signed, and fits what a document takes', () => {
  const { by, token: signed } = robotOf(device, token);
  expect(readRobot(by)).toEqual({ device, name: 'ci: nightly' });
  expect(signed).toBe(token);
  expect(Buffer.byteLength(robotOf(device, { ...token, name: '\u00e9'.repeat(32) }).by)).toBeLessThanOrEqual(BY_BYTES_MAX);
  expect(personOf(device)).toEqual({ by: device, token: null });
});

test('C46 what is not exactly that is no robot', () => {
  for (const by of [
    '',
    device,
    'robot:',
    `robot:${device}`,
    `robot:${device}:${token.id}:`,
    `robot:x:${token.id}:ci`,
    `robot:${device}:x:ci`,
    ` robot:${device}:${token.id}:ci`,
    `robot:${device}:${token.id}:${'x'.repeat(65)}`,
    `robot:${device}:${token.id}:a\nb`,
  ])
    expect(readRobot(by), by).toBeNull();
});
