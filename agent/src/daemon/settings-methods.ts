/** `config` at a running agent: reading what is in force, writing what the next start uses. */
import { parseSetting, unknownSetting } from '../config/load.js';
import { writeSetting } from '../config/file.js';
import { isSettingName, SETTING_NAMES, settingOf, type SettingName } from '../config/settings.js';
import { ControlFailure } from '../control/error.js';
import type { SettingView } from '../control/views.js';
import type { Agent } from './agent.js';

const NAME_HELP = 'what other devices of yours call this one';
const PERSON_HELP = 'what people in shared spaces call you';

function view({ config }: Agent, key: SettingName): SettingView {
  const { help, restart } = settingOf(key);
  return { key, value: config.settings[key], source: config.sources[key], help, restart };
}

/** Both names are sealed in catalogs, not written in the config file. */
function nameView({ product }: Agent, key: 'name' | 'person'): SettingView {
  const [value, help] = key === 'name' ? [product.names.own(), NAME_HELP] : [product.names.person(), PERSON_HELP];
  return { key, value, source: 'file', help, restart: false };
}

export function listSettings(agent: Agent): readonly SettingView[] {
  return [nameView(agent, 'name'), nameView(agent, 'person'), ...SETTING_NAMES.map((key) => view(agent, key))];
}

export function getSetting(agent: Agent, key: string): SettingView {
  if (key === 'name' || key === 'person') return nameView(agent, key);
  if (isSettingName(key)) return view(agent, key);
  const { message, fix } = unknownSetting(key);
  throw new ControlFailure('not-found', message, fix);
}

export async function setSetting(agent: Agent, key: string, value: string): Promise<SettingView> {
  if (key === 'name' || key === 'person') {
    if (value.trim() === '') throw new ControlFailure('bad-request', `${key} must not be empty`, nameView(agent, key).help);
    if (key === 'name') await agent.product.names.rename(agent.engine.device, value);
    else await agent.product.names.renamePerson(value);
    return nameView(agent, key);
  }
  const parsed = parseSetting(key, value);
  if (!parsed.ok) throw new ControlFailure('bad-request', parsed.error.message, parsed.error.fix);
  const written = await writeSetting(agent.paths.config, parsed.value.name, parsed.value.value).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new ControlFailure('failed', `the settings file could not be written (${code})`, 'check the disk and the home folder');
  });
  if (!written.ok) throw new ControlFailure('refused', written.error.message, written.error.fix);
  return { ...view(agent, parsed.value.name), value: parsed.value.value, source: 'file' };
}
