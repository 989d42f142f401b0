/** The settings file: one JSON object with the names of settings.ts, because JSON needs no parser of ours and is read alike by everything. */
import { readFileSync } from 'node:fs';
import { SETTING_NAMES, SETTINGS, type SettingName } from './settings.js';

export const FILE_NAME = 'leanvibe-relay.json';
const FILE_BYTES_MAX = 65_536;

export interface FileRead {
  /** As typed: texts; numbers and lists become the text a variable would hold. */
  readonly values: ReadonlyMap<SettingName, string>;
  readonly problems: readonly string[];
}

/** `must`: somebody named this file, so that its absence is a problem. */
export function readSettingsFile(path: string, must: boolean): FileRead {
  let bytes: string;
  try {
    bytes = readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT' && !must) return { values: new Map(), problems: [] };
    return { values: new Map(), problems: [`the settings file ${path} cannot be read (${code || 'unknown reason'})`] };
  }
  if (bytes.length > FILE_BYTES_MAX) return { values: new Map(), problems: [`the settings file ${path} is longer than 64 KiB`] };
  try {
    return readObject(path, JSON.parse(bytes));
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : 'unknown reason';
    return { values: new Map(), problems: [`the settings file ${path} is not JSON: ${why}`] };
  }
}

function readObject(path: string, parsed: unknown): FileRead {
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    return { values: new Map(), problems: [`the settings file ${path} must hold one JSON object`] };
  const values = new Map<SettingName, string>();
  const problems: string[] = [];
  for (const [key, value] of Object.entries(parsed)) {
    const name = SETTING_NAMES.find((one) => one === key);
    if (name === undefined) problems.push(`${path}: there is no setting "${key.slice(0, 48)}"; they are ${SETTING_NAMES.join(', ')}`);
    else if (value === null) continue;
    else if (typeof value === 'string' || typeof value === 'number') values.set(name, String(value));
    else if (Array.isArray(value) && value.every((one) => typeof one === 'string')) values.set(name, value.join(','));
    else problems.push(`${path}: ${name} (${SETTINGS[name].variable}) must be text, a number or a list of texts`);
  }
  return { values, problems };
}
