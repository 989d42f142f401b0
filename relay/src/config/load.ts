/** Settings from where people put them: a flag wins over a variable, a variable over its `_FILE`, that over the settings file, that over the default. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import { FILE_NAME, readSettingsFile } from './file.js';
import { productionProblems } from './production.js';
import { confirmOf, parseSetting, SETTING_NAMES, SETTINGS, type SettingName, type Settings } from './settings.js';

export type Env = Readonly<Record<string, string | undefined>>;

export type Source = 'flag' | 'variable' | 'secret file' | 'settings file' | 'default';

export interface Loaded {
  readonly settings: Settings;
  readonly sources: Readonly<Record<SettingName, Source>>;
  /** Absolute. */
  readonly file: string;
  /** Said, and started all the same. */
  readonly warnings: readonly string[];
}

export interface Given {
  readonly env: Env;
  readonly cwd: string;
  readonly flags?: Readonly<Partial<Record<SettingName, string>>>;
  /** `--config`. */
  readonly file?: string;
}

const SECRET_BYTES_MAX = 8192;
const CONFIG_VARIABLE = 'RELAY_CONFIG';

/** Everything that is wrong comes back together, each in words. */
export function loadSettings(given: Given): Result<Loaded, readonly string[]> {
  const { env, cwd, flags = {} } = given;
  const problems: string[] = [];
  const typedData = flags.data ?? filled(env[SETTINGS.data.variable]) ?? '.';
  const named = given.file ?? filled(env[CONFIG_VARIABLE]);
  const path = named === undefined ? resolve(cwd, typedData, FILE_NAME) : resolve(cwd, named);
  const file = readSettingsFile(path, named !== undefined);
  problems.push(...file.problems);
  const values: Partial<Record<SettingName, unknown>> = {};
  const sources: Partial<Record<SettingName, Source>> = {};
  for (const name of SETTING_NAMES) {
    const found = find(name, given, file.values, problems);
    values[name] = SETTINGS[name].fallback;
    sources[name] = found?.source ?? 'default';
    if (found === null) continue;
    const parsed = parseSetting(name, found.typed);
    if (parsed.ok) values[name] = parsed.value;
    else problems.push(`${found.called} ${parsed.error}${SETTINGS[name].secret === true ? '' : `, not "${found.typed.slice(0, 60)}"`}`);
  }
  const settings = absolute(values as unknown as Settings, cwd);
  if ((settings.mailUrl === null) !== (settings.mailKey === null))
    problems.push(`${SETTINGS.mailUrl.variable} and ${SETTINGS.mailKey.variable} belong together: set both, or neither`);
  if (settings.env === 'production') problems.push(...productionProblems(settings));
  if (problems.length > 0) return err(problems);
  return ok({ settings, sources: sources as Record<SettingName, Source>, file: path, warnings: warningsOf(settings, env) });
}

interface Found {
  readonly typed: string;
  readonly source: Source;
  readonly called: string;
}

function find(name: SettingName, given: Given, file: ReadonlyMap<SettingName, string>, problems: string[]): Found | null {
  const { variable, secret } = SETTINGS[name];
  const flag = given.flags?.[name];
  if (flag !== undefined) return { typed: flag, source: 'flag', called: `--${name}` };
  const plain = filled(given.env[variable]);
  const filePath = secret === true ? filled(given.env[`${variable}_FILE`]) : undefined;
  if (plain !== undefined && filePath !== undefined)
    problems.push(`${variable} and ${variable}_FILE are both set; keep one, so that it is clear which counts`);
  if (plain !== undefined) return { typed: plain, source: 'variable', called: variable };
  if (filePath !== undefined) {
    const held = readSecret(`${variable}_FILE`, resolve(given.cwd, filePath), problems);
    return held === null ? null : { typed: held, source: 'secret file', called: `${variable}_FILE` };
  }
  const inFile = file.get(name);
  return inFile === undefined ? null : { typed: inFile, source: 'settings file', called: `${name} in the settings file` };
}

function readSecret(called: string, path: string, problems: string[]): string | null {
  try {
    const held = readFileSync(path, 'utf8');
    // Editors and `echo` end a file with a line break that is no part of the secret.
    const secret = held.replace(/\r?\n$/, '');
    if (secret === '') problems.push(`${called} names an empty file: ${path}`);
    else if (held.length > SECRET_BYTES_MAX) problems.push(`${called} names a file longer than 8 KiB: ${path}`);
    else return secret;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    problems.push(`${called} names a file that cannot be read (${code}): ${path}`);
  }
  return null;
}

/** Compose files and charts pass what is not set as an empty text. */
function filled(typed: string | undefined): string | undefined {
  return typed === undefined || typed.trim() === '' ? undefined : typed;
}

function absolute(settings: Settings, cwd: string): Settings {
  const { flagsFile } = settings;
  return { ...settings, data: resolve(cwd, settings.data), flagsFile: flagsFile === null ? null : resolve(cwd, flagsFile) };
}

/** Kubernetes adds variables like RELAY_PORT_8787_TCP for a service called relay, so unknown names do not stop the relay. */
function warningsOf(settings: Settings, env: Env): readonly string[] {
  const known = new Set([
    CONFIG_VARIABLE,
    ...SETTING_NAMES.flatMap((name) => [SETTINGS[name].variable, `${SETTINGS[name].variable}_FILE`]),
  ]);
  const unknown = Object.keys(env).filter((key) => key.startsWith('RELAY_') && !known.has(key) && filled(env[key]) !== undefined);
  const warnings = unknown.map((key) => `${key} is not a setting of the relay and does nothing`);
  // The relay speaks no TLS itself, so that something stands in front.
  if (settings.origin?.startsWith('https:') === true && settings.proxies === 0)
    warnings.push(
      'RELAY_ORIGIN is https and RELAY_PROXIES is 0: everybody behind your proxy counts as one client, with one rate and one lock; set RELAY_PROXIES=1, or how many proxies of yours add to X-Forwarded-For',
    );
  if (settings.env === 'production' && settings.metricsToken === null && settings.metricsPort === null)
    warnings.push('/metrics is closed: set RELAY_METRICS_TOKEN, or RELAY_METRICS_PORT for a port of its own');
  if (settings.env === 'production' && settings.mailUrl === null && confirmOf(settings) === 'mail')
    warnings.push(
      'nobody gets mail: letters that confirm addresses are lines of leanvibe-relay.outbox; set RELAY_MAIL_URL and RELAY_MAIL_KEY',
    );
  if (settings.env === 'production' && settings.registration === 'open' && confirmOf(settings) === 'none')
    warnings.push('addresses are not confirmed: whoever registers learns whether an address has an account; RELAY_CONFIRM=mail hides it');
  return warnings;
}
