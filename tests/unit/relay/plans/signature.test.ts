/** Only the payment service's own, fresh signature opens the webhook. */
import { checkSignature } from '@leanvibe/relay/internal/plans/signature';
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';

const SECRET = 'whsec_test_0123456789';
const NOW = 1_800_000_000_000;
const body = new TextEncoder().encode('{"id":"evt_1","note":"ü"}');
const sign = (seconds: number | string, of: Uint8Array = body, secret = SECRET): string =>
  createHmac('sha256', secret).update(`${seconds}.`).update(of).digest('hex');
const check = (header: string | null, of: Uint8Array = body, secrets: readonly string[] = [SECRET]) =>
  checkSignature(header, of, secrets, NOW);
const seconds = NOW / 1000;

describe('the signature of a billing event', () => {
  test('is right for exactly these bytes, this time and this secret', () => {
    expect(check(`t=${seconds},v1=${sign(seconds)}`)).toBe('ok');
    expect(check(`t=${seconds}, v1=${sign(seconds)}, v0=abc`)).toBe('ok');
  });

  test('any other byte, time or secret is wrong', () => {
    const changed = Uint8Array.from(body, (byte, at) => (at === 3 ? byte ^ 1 : byte));
    expect(check(`t=${seconds},v1=${sign(seconds)}`, changed)).toBe('wrong');
    expect(check(`t=${seconds + 1},v1=${sign(seconds)}`)).toBe('wrong');
    expect(check(`t=${seconds},v1=${sign(seconds, body, 'other')}`)).toBe('wrong');
    expect(check(`t=${seconds},v1=${sign(seconds, body, '')}`)).toBe('wrong');
    expect(check(`t=${seconds},v1=${sign(seconds)}`, body, [])).toBe('wrong');
    expect(check(`t=${seconds},v1=${sign(seconds)}`, new Uint8Array())).toBe('wrong');
  });

  test('while a secret is rolled over both are right, whichever signature comes first', () => {
    const both = `t=${seconds},v1=${sign(seconds, body, 'new')},v1=${sign(seconds)}`;
    expect(check(both)).toBe('ok');
    expect(check(both, body, ['new'])).toBe('ok');
    expect(check(both, body, ['third'])).toBe('wrong');
  });

  test('is of use for five minutes, either way', () => {
    for (const off of [-300, 300]) expect(check(`t=${seconds + off},v1=${sign(seconds + off)}`)).toBe('ok');
    for (const off of [-301, 301]) expect(check(`t=${seconds + off},v1=${sign(seconds + off)}`)).toBe('stale');
  });

  test('of another scheme, or none, or of strange form is not looked at', () => {
    const good = sign(seconds);
    const strange = [
      null,
      '',
      't=',
      `v1=${good}`,
      `t=${seconds}`,
      `t=${seconds},v0=${good}`,
      `t=${seconds},v1=${good.slice(2)}`,
      `t=${seconds},v1=${good.toUpperCase()}`,
    ];
    strange.push(
      `t=${seconds},t=${seconds},v1=${good}`,
      `t=-${seconds},v1=${good}`,
      `t=1e9,v1=${good}`,
      `t=${seconds},v1=${good},${'v1=a,'.repeat(500)}`,
    );
    for (const header of strange) expect([header, check(header)]).toEqual([header, 'malformed']);
  });
});
