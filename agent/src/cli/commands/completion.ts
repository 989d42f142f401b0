/** `leanvibe completion`: scripts for bash, zsh and fish, made from the same list of commands that the program parses. */
import type { CommandSpec } from '../base/spec.js';
import { bashScript, fishScript, zshScript } from '../base/completion-scripts.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** `all`: every command but this one, which adds itself. */
export function completionFor(all: readonly CommandSpec[]): CommandSpec {
  const completion: CommandSpec = {
    words: ['completion'],
    summary: 'prints a completion script: bash, zsh or fish',
    args: [{ name: 'shell', choices: SHELLS }],
    async run(call) {
      const shell = call.need('shell');
      const specs = [...all, completion].filter(({ hidden }) => hidden !== true);
      call.cli.stdout.write(shell === 'bash' ? bashScript(specs) : shell === 'zsh' ? zshScript(specs) : fishScript(specs));
    },
  };
  return completion;
}
