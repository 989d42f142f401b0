/** What production refuses to start with: every reason at once, in words, with what to do. */
import { loopback, SECRET_CHARS_MIN } from './kinds.js';
import { type Settings, SETTINGS } from './settings.js';

/** Whoever copies an example must not go live with it. */
const PLACEHOLDER = /change.?me|example|password|secret|default|placeholder|your.?(key|token)|12345|abcdef|qwerty|lorem/i;
const DISTINCT_MIN = 10;
const DRAW = 'draw one: openssl rand -base64 48';

export function productionProblems(settings: Settings): readonly string[] {
  const problems: string[] = [];
  if (settings.secret === null) problems.push(`${SETTINGS.secret.variable} is not set; ${DRAW}`);
  for (const name of ['secret', 'previousSecret', 'metricsToken', 'mailKey', 'billingSecret'] as const) {
    const value = settings[name];
    const problem = value === null ? null : weakness(value, name === 'billingSecret');
    if (problem !== null) problems.push(`${SETTINGS[name].variable} ${problem}`);
  }
  if (settings.secret !== null && settings.secret === settings.previousSecret)
    problems.push(`${SETTINGS.previousSecret.variable} is the same as ${SETTINGS.secret.variable}; set the old one, or unset it`);
  if (settings.origin === null) problems.push(`${SETTINGS.origin.variable} is not set; set it to how clients reach this relay, https://…`);
  else if (!settings.origin.startsWith('https:') && !loopback(new URL(settings.origin).hostname))
    problems.push(`${SETTINGS.origin.variable} must begin with https:// so that tokens are not sent in the clear`);
  if (settings.registration === null) problems.push(`${SETTINGS.registration.variable} is not chosen; set it to open, invite or closed`);
  if (settings.redisUrl !== null && settings.databaseUrl === null)
    problems.push('REDIS_URL is set without DATABASE_URL; several copies cannot share one SQLite file');
  if (settings.mailUrl !== null && inTheClear(settings.mailUrl))
    problems.push(`${SETTINGS.mailUrl.variable} must begin with https:// (or be this machine): letters open accounts`);
  for (const name of ['databaseUrl', 'replicaUrl'] as const) {
    const value = settings[name];
    if (value !== null && weakPassword(value))
      problems.push(`${SETTINGS[name].variable} has a default password; give the database a random one`);
  }
  return problems;
}

function inTheClear(url: string): boolean {
  const { hostname, protocol } = new URL(url);
  return protocol !== 'https:' && !loopback(hostname);
}

function weakness(secret: string, chosenElsewhere: boolean): string | null {
  if (!chosenElsewhere && secret.length < SECRET_CHARS_MIN)
    return `is ${secret.length} characters long, at least ${SECRET_CHARS_MIN} are needed; ${DRAW}`;
  if (!chosenElsewhere && PLACEHOLDER.test(secret)) return `looks like a placeholder; ${DRAW}`;
  if (new Set(secret).size < DISTINCT_MIN) return `is not random; ${DRAW}`;
  return null;
}

function weakPassword(url: string): boolean {
  const { password } = new URL(url);
  // Without one the server knows its client another way: a certificate, a socket, an identity of the platform.
  return password !== '' && (password.length < 8 || /^(postgres|password|secret|changeme|leanvibe|example)$/i.test(password));
}
