/** `leanvibe config`: settings, at a running agent or in the home's file. */
import { readConfigFile, writeSetting } from '../../config/file.js';
import { loadConfig, parseSetting, unknownSetting } from '../../config/load.js';
import { isSettingName, SETTING_NAMES, settingOf, shownValue } from '../../config/settings.js';
import type { SettingView } from '../../control/views.js';
import { failed, systemWords, wrongUse } from '../base/failure.js';
import { isDirectory } from '../base/folders.js';
import type { Call, CommandSpec } from '../base/spec.js';
import { safe } from '../term/safe.js';
import { table } from '../term/table.js';

const SOURCES = { default: '', file: 'set', environment: 'by variable', flag: 'by flag' } as const;

export const configList: CommandSpec = {
  words: ['config', 'list'],
  summary: 'every setting, its value and meaning',
  json: true,
  async run(call) {
    const { cli } = call;
    const all = (await call.agent.runs()) ? await withFile(call, await call.agent.ask('config.list', {})) : await settingsHere(call);
    if (call.json) return cli.json(all);
    const rows = all.map((one) => [one.key, safe(shownValue(one.value)), SOURCES[one.source], one.help]);
    cli.lines(
      table([{ head: 'setting' }, { head: 'value', cut: 'end' }, { head: '' }, { head: 'meaning', cut: 'end' }], rows, cli.columns),
    );
  },
};

export const configGet: CommandSpec = {
  words: ['config', 'get'],
  summary: 'one setting',
  args: [{ name: 'setting' }],
  json: true,
  async run(call) {
    const key = known(call.need('setting'));
    const all = (await call.agent.runs()) ? await withFile(call, [await call.agent.ask('config.get', { key })]) : await settingsHere(call);
    const one = all.find((each) => each.key === key);
    if (one === undefined) throw failed(`${key} is known only while the agent runs`, 'leanvibe start');
    if (call.json) call.cli.json(one);
    else call.cli.line(safe(shownValue(one.value)));
  },
};

export const configSet: CommandSpec = {
  words: ['config', 'set'],
  summary: 'changes a setting for this and later starts',
  args: [{ name: 'setting' }, { name: 'value', rest: true }],
  json: true,
  async run(call) {
    const [key, value] = [known(call.need('setting')), call.need('value')];
    if (!isOwnName(key)) {
      const parsed = parseSetting(key, value);
      if (!parsed.ok) throw wrongUse(parsed.error.message, parsed.error.fix);
    }
    const running = await call.agent.runs();
    const one = running ? await call.agent.ask('config.set', { key, value }) : await setHere(call, key, value);
    if (call.json) return call.cli.json(one);
    const later = running && one.restart ? `; used after: ${call.cli.self} stop, then ${call.cli.self} start` : '';
    call.cli.line(`  ${call.cli.style.done} ${one.key} is ${safe(shownValue(one.value))}${later}`);
  },
};

/** Sealed in catalogs, so that only a running agent knows them. */
const isOwnName = (key: string): boolean => key === 'name' || key === 'person';

function known(key: string): string {
  if (isOwnName(key) || isSettingName(key)) return key;
  const { message, fix } = unknownSetting(key);
  throw wrongUse(safe(message), fix);
}

/** What was set since the agent started is shown as set, though it is used only after the next start. */
async function withFile({ paths }: Call, all: readonly SettingView[]): Promise<readonly SettingView[]> {
  const file = await readConfigFile(paths.config);
  if (!file.ok) return all;
  return all.map((one) => {
    const set = isSettingName(one.key) ? file.value[one.key] : undefined;
    return set === undefined || one.source === 'flag' || one.source === 'environment' ? one : { ...one, value: set, source: 'file' };
  });
}

async function settingsHere({ paths, cli }: Call): Promise<readonly SettingView[]> {
  const config = await loadConfig(paths.config, { env: cli.env });
  if (!config.ok) throw failed(config.error.message, config.error.fix);
  return SETTING_NAMES.map((key) => {
    const { help, restart } = settingOf(key);
    return { key, value: config.value.settings[key], source: config.value.sources[key], help, restart };
  });
}

async function setHere(call: Call, key: string, value: string): Promise<SettingView> {
  const parsed = parseSetting(key, value);
  if (!parsed.ok) throw failed('the name is known only while the agent runs', 'leanvibe start --name <name>');
  if (!(await isDirectory(call.paths.home))) throw failed(`there is no home at ${call.paths.home} yet`, 'leanvibe start');
  const before = await readConfigFile(call.paths.config);
  if (!before.ok) throw failed(before.error.message, before.error.fix);
  await writeSetting(call.paths.config, parsed.value.name, parsed.value.value).catch((error: unknown) => {
    throw failed(`the settings file could not be written: ${systemWords(error)}`, 'check the disk and the home folder');
  });
  const { help, restart } = settingOf(parsed.value.name);
  return { key, value: parsed.value.value, source: 'file', help, restart };
}
