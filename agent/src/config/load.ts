/** The settings in force: flags over LEANVIBE_* variables over the home's config file over defaults, each checked alike. */
import { err, ok, type Result } from '@leanvibe/core/base/result';
import { type ConfigFile, readConfigFile } from './file.js';
import { isSettingName, nearestSetting, SETTING_NAMES, settingOf, type SettingName, type Settings, type SettingValue } from './settings.js';

export type Source = 'default' | 'file' | 'environment' | 'flag';

export interface ConfigError {
  /** One sentence without an end mark. */
  readonly message: string;
  readonly fix: string;
}

export interface Config {
  readonly settings: Settings;
  readonly sources: Readonly<Record<SettingName, Source>>;
}

export interface ConfigInput {
  /** As typed on the command line. */
  readonly flags?: Readonly<Partial<Record<SettingName, string>>>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export async function loadConfig(configPath: string, { flags = {}, env }: ConfigInput): Promise<Result<Config, ConfigError>> {
  const file = await readConfigFile(configPath);
  return file.ok ? settle(file.value, flags, env) : file;
}

function settle(
  file: ConfigFile,
  flags: Readonly<Partial<Record<SettingName, string>>>,
  env: Readonly<Record<string, string | undefined>>,
): Result<Config, ConfigError> {
  const settings: Record<string, SettingValue> = {};
  const sources: Record<string, Source> = {};
  for (const name of SETTING_NAMES) {
    const setting = settingOf(name);
    const fromEnv = env[setting.variable];
    const typed = flags[name] ?? (fromEnv === '' ? undefined : fromEnv);
    if (typed === undefined) {
      settings[name] = file[name] ?? setting.standard;
      sources[name] = file[name] === undefined ? 'default' : 'file';
      continue;
    }
    const parsed = setting.parse(typed);
    const source = flags[name] === undefined ? 'environment' : 'flag';
    if (!parsed.ok)
      return err({ message: `${source === 'flag' ? `--${dashed(name)}` : setting.variable} ${parsed.error}`, fix: setting.help });
    settings[name] = parsed.value;
    sources[name] = source;
  }
  return ok({ settings: settings as Settings, sources: sources as Record<SettingName, Source> });
}

export function dashed(name: SettingName): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** A setting a person named and a value they typed, checked; nothing is written. */
export function parseSetting(
  name: string,
  typed: string,
): Result<{ readonly name: SettingName; readonly value: SettingValue }, ConfigError> {
  if (!isSettingName(name)) return err(unknownSetting(name));
  const parsed = settingOf(name).parse(typed);
  return parsed.ok ? ok({ name, value: parsed.value }) : err({ message: `${name} ${parsed.error}`, fix: settingOf(name).help });
}

export function unknownSetting(name: string): ConfigError {
  const near = nearestSetting(name);
  const shown = JSON.stringify(name.slice(0, 40));
  return {
    message: `there is no setting ${shown}`,
    fix: near === null ? `the settings are: ${SETTING_NAMES.join(', ')}` : `did you mean ${near}?`,
  };
}
