/** Reading a repository's settings for two things: the programs it would have git run on file contents, and its remote. */
import { normaliseRemote } from './remote.js';
import { type GitAnswer, type GitSetting, runGit } from './run.js';

export interface RepositorySettings {
  /** Switch every filter the repository itself defines off; the user's own (Git LFS) stay. */
  readonly defuse: readonly GitSetting[];
  readonly remote: string | null;
}

interface Setting extends GitSetting {
  readonly scope: string;
}

const FILTER = /^filter\.([\s\S]*)\.[a-z]+$/i;

/** Parses `git config --list -z --show-scope`: `<scope>\0<key>\n<value>\0`. */
export function parseSettings(output: Buffer): readonly Setting[] {
  const parts = output.toString('utf8').split('\0');
  const settings: Setting[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const entry = parts[at + 1] ?? '';
    const newline = entry.indexOf('\n');
    settings.push({
      scope: parts[at] ?? '',
      key: newline === -1 ? entry : entry.slice(0, newline),
      value: newline === -1 ? '' : entry.slice(newline + 1),
    });
  }
  return settings;
}

function isTheirs(setting: Setting): boolean {
  return setting.scope === 'local' || setting.scope === 'worktree';
}

function defuse(settings: readonly Setting[]): readonly GitSetting[] {
  const names = new Set(settings.filter(isTheirs).flatMap(({ key }) => FILTER.exec(key)?.[1] ?? []));
  return [...names].flatMap((name) =>
    ['clean', 'smudge', 'process', 'required'].map((what) => {
      const key = `filter.${name}.${what}`;
      const own = settings.findLast((setting) => setting.key === key && !isTheirs(setting) && setting.scope !== 'command');
      return { key, value: own?.value ?? (what === 'required' ? 'false' : '') };
    }),
  );
}

function remoteOf(settings: readonly Setting[]): string | null {
  const urls = settings.filter(({ key }) => key.startsWith('remote.') && key.endsWith('.url'));
  const chosen = urls.find(({ key }) => key === 'remote.origin.url') ?? urls[0];
  return chosen === undefined ? null : normaliseRemote(chosen.value);
}

export function askSettings(folder: string, signal: AbortSignal): Promise<GitAnswer> {
  return runGit({ folder, signal, args: ['config', '--list', '-z', '--show-scope'] });
}

export function settingsOf(output: Buffer): RepositorySettings {
  const settings = parseSettings(output);
  return { defuse: defuse(settings), remote: remoteOf(settings) };
}
