/** The settings as they are in force, for people: where each comes from, and no secret among them. */
import type { Loaded, Source } from './load.js';
import { SETTING_NAMES, SETTINGS, type SettingName } from './settings.js';

export interface PrintedSetting {
  readonly name: SettingName;
  readonly variable: string;
  readonly value: unknown;
  readonly source: Source;
  readonly help: string;
}

/** Secrets are said to be set, with their length; addresses keep their host and lose what stands before it and behind it. */
export function printedSettings({ settings, sources }: Loaded): readonly PrintedSetting[] {
  return SETTING_NAMES.map((name) => {
    const { variable, help, secret } = SETTINGS[name];
    const value = settings[name];
    return { name, variable, help, source: sources[name], value: secret === true && typeof value === 'string' ? redacted(value) : value };
  });
}

function redacted(secret: string): string {
  if (!/^[a-z]+:\/\//.test(secret)) return `set (${secret.length} characters)`;
  const { protocol, host } = new URL(secret);
  return `set (${protocol}//${host}/…)`;
}
