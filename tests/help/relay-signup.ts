/** Accounts and device tokens of a relay that really runs, over its HTTP API. */
import { tokens } from '@leanvibe/protocol/http/auth';
import { paired } from '@leanvibe/protocol/http/devices';

const PASSWORD = 'eleven slow barges going north';
let asked = 0;

/** Each request from another address of a client, as a trusted proxy (RELAY_PROXIES=1) would tell it: rates are not the question here. */
export async function askRelay(origin: string, path: string, json: unknown, token?: string): Promise<unknown> {
  asked += 1;
  const response = await fetch(`${origin}/api/v1${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-forwarded-for': `10.1.${(asked >> 8) & 255}.${asked & 255}`,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(json),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}

/** A new account with so many devices (ten at most on the free tier); answers their tokens. */
export async function newDevices(origin: string, count: number): Promise<readonly string[]> {
  const who = { email: `someone-${process.pid}-${asked}@example.org`, password: PASSWORD };
  await askRelay(origin, '/auth/register', who);
  const { accessToken } = tokens.parse(await askRelay(origin, '/auth/login', who));
  const made: string[] = [];
  for (let at = 0; at < count; at++) {
    const answer = await askRelay(origin, '/devices/pair', { kind: 'mac_agent', label: `device ${at}` }, accessToken);
    made.push(paired.parse(answer).token);
  }
  return made;
}
