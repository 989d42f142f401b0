/** Every setting: its name, variable, default, what a person may write, and what it means. */
import { isIP } from 'node:net';
import { err, ok, type Result } from '@leanvibe/core/base/result';

export type SettingValue = string | number | boolean | readonly string[];

export interface Setting<T extends SettingValue> {
  readonly variable: `LEANVIBE_${string}`;
  readonly standard: T;
  readonly help: string;
  /** A new value is used only after the next start. */
  readonly restart: boolean;
  /** From what a person typed; the error is a sentence part: `must be …`. */
  readonly parse: (typed: string) => Result<T, string>;
}

function port(standard: number, variable: `LEANVIBE_${string}`, help: string): Setting<number> {
  return { variable, standard, help, restart: true, parse: (typed) => whole(typed, 0, 65_535) };
}

function whole(typed: string, min: number, max: number): Result<number, string> {
  const value = /^\d{1,9}$/.test(typed.trim()) ? Number(typed) : Number.NaN;
  return value >= min && value <= max ? ok(value) : err(`must be a whole number from ${min} to ${max}`);
}

function flag(standard: boolean, variable: `LEANVIBE_${string}`, help: string, restart: boolean): Setting<boolean> {
  const parse = (typed: string): Result<boolean, string> => {
    const word = typed.trim().toLowerCase();
    if (['on', 'true', 'yes', '1'].includes(word)) return ok(true);
    if (['off', 'false', 'no', '0'].includes(word)) return ok(false);
    return err('must be on or off');
  };
  return { variable, standard, help, restart, parse };
}

function choice<const Words extends readonly [string, ...string[]]>(
  words: Words,
  variable: `LEANVIBE_${string}`,
  help: string,
): Setting<Words[number]> {
  const parse = (typed: string): Result<Words[number], string> => {
    const found = words.find((word) => word === typed.trim().toLowerCase());
    return found === undefined ? err(`must be one of: ${words.join(', ')}`) : ok(found);
  };
  return { variable, standard: words[0], help, restart: true, parse };
}

function addresses(standard: readonly string[], variable: `LEANVIBE_${string}`, help: string): Setting<readonly string[]> {
  const parse = (typed: string): Result<readonly string[], string> => {
    const hosts = typed
      .split(',')
      .map((host) => host.trim())
      .filter((host) => host !== '');
    const wrong = hosts.find((host) => isIP(host) === 0);
    if (hosts.length === 0 || hosts.length > 16) return err('must be one to sixteen IP addresses, separated by commas');
    return wrong === undefined ? ok(hosts) : err('must be IP addresses, separated by commas');
  };
  return { variable, standard, help, restart: true, parse };
}

export const SETTINGS = {
  port: port(8765, 'LEANVIBE_PORT', 'the local control port on 127.0.0.1; 0 picks a free one'),
  listen: addresses(['0.0.0.0'], 'LEANVIBE_LISTEN', 'the addresses other devices may reach this one at; 0.0.0.0 means every network'),
  tcpPort: port(0, 'LEANVIBE_TCP_PORT', 'the port for other computers; 0 picks a free one'),
  wsPort: port(0, 'LEANVIBE_WS_PORT', 'the port for phones and browsers; 0 picks a free one'),
  discovery: flag(true, 'LEANVIBE_DISCOVERY', 'find devices on the local network, and be found', true),
  watch: flag(true, 'LEANVIBE_WATCH', 'keep the index of each project fresh while files change', true),
  windowMs: {
    variable: 'LEANVIBE_WINDOW_MS',
    standard: 100,
    help: 'live typing is gathered for this many milliseconds before it is sent; 0 sends at once',
    restart: true,
    parse: (typed) => whole(typed, 0, 10_000),
  } satisfies Setting<number> as Setting<number>,
  secrets: choice(
    ['auto', 'keychain', 'passphrase', 'file'],
    'LEANVIBE_SECRETS',
    'how a new home keeps its device keys: the system keychain, a file sealed by LEANVIBE_PASSPHRASE, or a plain file; auto takes the first that works',
  ),
  logLevel: choice(['info', 'debug', 'warn', 'error'], 'LEANVIBE_LOG_LEVEL', 'how much the log says'),
} as const;

export type SettingName = keyof typeof SETTINGS;
type ValueOf<S> = S extends Setting<infer T> ? T : never;
export type Settings = { readonly [K in SettingName]: ValueOf<(typeof SETTINGS)[K]> };

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

/** The setting a mistyped name is nearest to, for the error's advice; null when none is near. */
export function nearestSetting(name: string): SettingName | null {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z]/g, '');
  const asked = plain(name);
  return (
    SETTING_NAMES.find((one) => plain(one) === asked) ??
    SETTING_NAMES.find((one) => asked.length > 2 && (plain(one).startsWith(asked) || asked.startsWith(plain(one)))) ??
    null
  );
}

export function settingOf(name: SettingName): Setting<SettingValue> {
  return SETTINGS[name] as Setting<SettingValue>;
}

export function shownValue(value: SettingValue): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return typeof value === 'object' ? value.join(',') : String(value);
}
