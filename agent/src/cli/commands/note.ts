/** `leanvibe note …`: a project's note, read and written from the terminal, an editor or a pipe. */
import type { Call, CommandSpec } from '../base/spec.js';
import { editText } from '../base/editor.js';
import { failed, wrongUse } from '../base/failure.js';
import { readInput } from '../base/input.js';
import { safeLines } from '../term/safe.js';

/** The agent takes a note up to this long. */
const NOTE_CHARS_MAX = 1_000_000;

export const noteShow: CommandSpec = {
  words: ['note', 'show'],
  summary: "shows the project's note",
  project: true,
  json: true,
  async run(call) {
    const { cli } = call;
    const note = await call.agent.ask('note.show', call.where());
    if (call.json) return cli.json(note);
    if (note.text === '') return cli.line(`  the note is empty; write with: ${cli.self} note edit`);
    cli.lines(safeLines(note.text.replace(/\r?\n$/, '')));
  },
};

export const noteAppend: CommandSpec = {
  words: ['note', 'append'],
  summary: 'adds text, or what is piped in, at the end of the note',
  args: [{ name: 'text', rest: true, optional: true, lines: true }],
  project: true,
  json: true,
  async run(call) {
    const where = call.where();
    const text = call.arg('text') ?? (await input(call));
    tell(call, await call.agent.ask('note.append', { ...where, text }), 'added to the note');
  },
};

export const noteEdit: CommandSpec = {
  words: ['note', 'edit'],
  summary: 'opens the note in $EDITOR, or replaces it by what is piped in',
  project: true,
  json: true,
  async run(call) {
    const where = call.where();
    const piped = call.cli.canAsk ? null : await input(call);
    const { text: base } = await call.agent.ask('note.show', where);
    const text = piped ?? (await editText(call.cli, base, 'note.md'));
    if (text.length > NOTE_CHARS_MAX)
      throw failed(
        `the note may be ${NOTE_CHARS_MAX.toLocaleString('en')} characters long`,
        'keep the longest parts in files of the project',
      );
    if (text === base) return call.json ? call.cli.json({ text }) : call.cli.line('  nothing changed');
    // Against `base`, so that what others wrote while the editor was open stays.
    tell(call, await call.agent.ask('note.edit', { ...where, base, text }), 'note saved here');
  },
};

async function input({ cli }: Call): Promise<string> {
  const text = await readInput(cli, NOTE_CHARS_MAX);
  if (text.trim() === '') throw wrongUse('there is no text: nothing was typed or piped in', 'leanvibe note append <text>');
  return text;
}

function tell({ cli, json }: Call, note: { readonly text: string }, what: string): void {
  if (json) cli.json(note);
  else cli.line(`  ${cli.style.done} ${what}`);
}
