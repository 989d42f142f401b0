/** The home's config file: JSON a person may edit by hand, read strictly and replaced atomically. It holds no names and no secrets. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import { isSettingName, nearestSetting, SETTING_NAMES, settingOf, shownValue, type SettingName, type SettingValue } from './settings.js';

export type ConfigFile = Readonly<Partial<Record<SettingName, SettingValue>>>;

interface FileError {
  readonly message: string;
  readonly fix: string;
}

const CONFIG_BYTES_MAX = 64 * 1024;

/** Absent means empty. Unknown settings and wrong values are errors: silently ignored ones would be worse. */
export async function readConfigFile(path: string): Promise<Result<ConfigFile, FileError>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    // A home that is no folder is told by whoever opens it.
    if (/^(ENOENT|ENOTDIR)$/.test(codeOf(error))) return ok({});
    return err({ message: `the settings file ${path} cannot be read (${codeOf(error)})`, fix: 'check its permissions' });
  }
  const fix = `mend or delete ${path}`;
  if (text.length > CONFIG_BYTES_MAX) return err({ message: `the settings file ${path} is larger than any settings`, fix });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err({ message: `the settings file ${path} is not JSON`, fix });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return err({ message: `the settings file ${path} must hold one JSON object`, fix });
  return check(path, value as Readonly<Record<string, unknown>>, fix);
}

function check(path: string, given: Readonly<Record<string, unknown>>, fix: string): Result<ConfigFile, FileError> {
  const found: Partial<Record<SettingName, SettingValue>> = {};
  for (const [name, value] of Object.entries(given)) {
    if (!isSettingName(name)) {
      const near = nearestSetting(name);
      return err({
        message: `${path} has an unknown setting ${JSON.stringify(name.slice(0, 40))}`,
        fix: near === null ? fix : `did you mean ${near}?`,
      });
    }
    const typed = asTyped(value);
    const parsed = typed === null ? err('has a value of the wrong kind') : settingOf(name).parse(typed);
    if (!parsed.ok) return err({ message: `in ${path}, ${name} ${parsed.error}`, fix });
    found[name] = parsed.value;
  }
  return ok(found);
}

function asTyped(value: unknown): string | null {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return shownValue(value);
  return Array.isArray(value) && value.every((item): item is string => typeof item === 'string') ? value.join(',') : null;
}

/** Reads, changes one setting, replaces the file. Throws what the file system throws on writing. */
export async function writeSetting(path: string, name: SettingName, value: SettingValue): Promise<Result<null, FileError>> {
  const before = await readConfigFile(path);
  if (!before.ok) return before;
  const after = { ...before.value, [name]: value };
  const sorted = Object.fromEntries(SETTING_NAMES.filter((one) => after[one] !== undefined).map((one) => [one, after[one]]));
  const draft = `${path}.${process.pid}.new`;
  await writeFile(draft, `${JSON.stringify(sorted, null, 2)}\n`, { mode: 0o600, flush: true });
  await rename(draft, path);
  return ok(null);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
