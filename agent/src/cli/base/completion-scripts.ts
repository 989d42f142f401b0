/** Completion scripts: what may follow each command, as each shell wants to be told. */
import { type ArgSpec, type CommandSpec, HOME_OPTION, type OptionSpec, optionsOf } from './spec.js';

interface Node {
  /** The words so far, joined by spaces; empty for the program itself. */
  readonly path: string;
  readonly next: readonly { readonly word: string; readonly summary: string }[];
  readonly options: readonly OptionSpec[];
  readonly first: ArgSpec | undefined;
}

function nodes(specs: readonly CommandSpec[]): readonly Node[] {
  const paths = new Set(['']);
  for (const { words } of specs) for (let size = 1; size <= words.length; size++) paths.add(words.slice(0, size).join(' '));
  return [...paths].map((path) => {
    const depth = path === '' ? 0 : path.split(' ').length;
    const under = specs.filter(({ words }) => words.length > depth && words.slice(0, depth).join(' ') === path);
    const next = new Map(under.map(({ words, summary }) => [words[depth] ?? '', words.length === depth + 1 ? summary : '']));
    const own = specs.find(({ words }) => words.join(' ') === path);
    return {
      path,
      next: [...next].map(([word, summary]) => ({ word, summary })),
      options: own === undefined ? [HOME_OPTION] : optionsOf(own),
      first: own?.args?.[0],
    };
  });
}

const flags = (options: readonly OptionSpec[]): readonly string[] =>
  options.flatMap(({ long, short }) => [`--${long}`, ...(short === undefined ? [] : [`-${short}`])]);

/** Flags that take a value, so that the word after them is not a command. */
function valued(specs: readonly CommandSpec[]): readonly OptionSpec[] {
  const all = new Map(
    specs
      .flatMap(optionsOf)
      .filter(({ value }) => value !== undefined)
      .map((option) => [option.long, option]),
  );
  return [...all.values()];
}

export function bashScript(specs: readonly CommandSpec[]): string {
  const withValue = valued(specs);
  const files = withValue.filter(({ kind }) => kind !== undefined);
  const cases = nodes(specs).map(({ path, next, options, first }) => {
    const words = [...next.map(({ word }) => word), ...(first?.choices ?? [])].join(' ');
    const useFiles = first?.kind !== undefined ? 1 : 0;
    return `    '${path}') words='${words}'; flags='${flags([...options]).join(' ')}'; files=${useFiles} ;;`;
  });
  const choices = withValue
    .filter((option) => option.choices !== undefined)
    .map(({ long, choices: list }) => `    --${long}) COMPREPLY=($(compgen -W '${(list ?? []).join(' ')}' -- "$cur")); return ;;`);
  return `# LeanVibe completion for bash. Use: source <(leanvibe completion bash)
_leanvibe() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" path='' word at words flags files
  case "$prev" in
${choices.join('\n')}
    ${flags(files).join('|')}) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    ${flags(withValue).join('|')}) return ;;
  esac
  for ((at = 1; at < COMP_CWORD; at++)); do
    word="\${COMP_WORDS[at]}"
    case "$word" in
      ${flags(withValue).join('|')}) ((at++)) ;;
      -*) ;;
      *) case "\${path:+$path }$word" in
${nodes(specs)
  .filter(({ path }) => path !== '')
  .map(({ path }) => `        '${path}') path='${path}' ;;`)
  .join('\n')}
      esac ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  if [[ "$cur" == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    [[ $files == 1 ]] && COMPREPLY+=($(compgen -f -- "$cur"))
  fi
}
complete -o filenames -F _leanvibe leanvibe
`;
}

/** Inside single quotes; a colon separates a zsh word from its description. */
const plain = (text: string): string => text.replaceAll("'", '').replaceAll(':', ',');

export function zshScript(specs: readonly CommandSpec[]): string {
  const cases = nodes(specs).map(({ path, next, options, first }) => {
    const words = next.map(({ word, summary }) => `'${word}:${plain(summary)}'`);
    const choices = (first?.choices ?? []).map((word) => `'${word}'`);
    const marks = options.map(({ long, help }) => `'--${long}:${plain(help)}'`);
    return `    '${path}') words=(${[...words, ...choices].join(' ')}); flags=(${marks.join(' ')}); files=${first?.kind === undefined ? 0 : 1} ;;`;
  });
  return `#compdef leanvibe
# LeanVibe completion for zsh. Use: leanvibe completion zsh > a folder of your $fpath, as _leanvibe
_leanvibe() {
  local cur="$words[CURRENT]" prev="$words[CURRENT-1]" path_='' word at
  local -a typed flags
  local files=0
  typed=("\${words[@]}")
  case "$prev" in
    ${flags(valued(specs).filter(({ kind }) => kind !== undefined)).join('|')}) _files; return ;;
    ${flags(valued(specs)).join('|')}) return ;;
  esac
  for ((at = 2; at < CURRENT; at++)); do
    word="$typed[at]"
    case "$word" in
      ${flags(valued(specs)).join('|')}) ((at++)) ;;
      -*) ;;
      *) case "\${path_:+$path_ }$word" in
${nodes(specs)
  .filter(({ path }) => path !== '')
  .map(({ path }) => `        '${path}') path_='${path}' ;;`)
  .join('\n')}
      esac ;;
    esac
  done
  local -a words
  case "$path_" in
${cases.join('\n')}
  esac
  if [[ "$cur" == -* ]]; then
    _describe 'option' flags
  else
    (( \${#words} )) && _describe 'command' words
    (( files )) && _files
  fi
}
if [[ "$funcstack[1]" == _leanvibe ]]; then _leanvibe "$@"; else compdef _leanvibe leanvibe; fi
`;
}

export function fishScript(specs: readonly CommandSpec[]): string {
  const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = nodes(specs).flatMap(({ path, next, options, first }) => {
    const when = `-n ${quote(`test (__leanvibe_path) = ${quote(path)}`)}`;
    const words = next.map(({ word, summary }) => `complete -c leanvibe -f ${when} -a ${quote(word)} -d ${quote(summary)}`);
    const choices = first?.choices === undefined ? [] : [`complete -c leanvibe -f ${when} -a ${quote(first.choices.join(' '))}`];
    const files = first?.kind === undefined ? [] : [`complete -c leanvibe -F ${when}`];
    const marks = options.map((option) => {
      const value =
        option.value === undefined
          ? ''
          : ` -r${option.kind === undefined ? ' -f' : ' -F'}${option.choices === undefined ? '' : ` -a ${quote(option.choices.join(' '))}`}`;
      return `complete -c leanvibe ${when} -l ${option.long}${option.short === undefined ? '' : ` -s ${option.short}`}${value} -d ${quote(option.help)}`;
    });
    return [...words, ...choices, ...files, ...marks];
  });
  const known = nodes(specs)
    .filter(({ path }) => path !== '')
    .map(({ path }) => quote(path));
  return `# LeanVibe completion for fish. Use: leanvibe completion fish > ~/.config/fish/completions/leanvibe.fish
function __leanvibe_path
  set -l path ''
  set -l skip 0
  for word in (commandline -opc)[2..-1]
    if test $skip = 1
      set skip 0
      continue
    end
    switch $word
      case ${flags(valued(specs)).map(quote).join(' ')}
        set skip 1
      case '-*'
      case '*'
        set -l longer (string trim "$path $word")
        if contains -- $longer ${known.join(' ')}
          set path $longer
        end
    end
  end
  echo "$path"
end
complete -c leanvibe -f
${lines.join('\n')}
`;
}
