/** Everything the product can ask of a document: one table of commands, one of queries, over all schemas. */
import { CommandRefused, type Json } from '../crdt.js';
import { type ActivityCommand, type ActivityQuery, activityCommands, activityQueries } from './activity.js';
import { readArgs } from './args.js';
import { type CatalogCommand, type CatalogQuery, catalogCommands, catalogQueries } from './catalog.js';
import { type CopyCommand, type CopyQuery, copyCommands, copyQueries } from './copy.js';
import type { Command, ProductEdit, ProductView, Query } from './document.js';
import { type NoteCommand, type NoteQuery, noteCommands, noteQueries } from './note.js';
import { type SuggestionCommand, type SuggestionQuery, suggestionCommands, suggestionQueries } from './suggestions.js';
import { type TaskCommand, type TaskQuery, taskCommands, taskQueries } from './tasks.js';

export type ProductCommand = TaskCommand | NoteCommand | ActivityCommand | SuggestionCommand | CatalogCommand | CopyCommand;
export type ProductQuery = TaskQuery | NoteQuery | ActivityQuery | SuggestionQuery | CatalogQuery | CopyQuery;

const COMMANDS = new Map<string, Command>(
  Object.entries({ ...taskCommands, ...noteCommands, ...activityCommands, ...suggestionCommands, ...catalogCommands, ...copyCommands }),
);
const QUERIES = new Map<string, Query>(
  Object.entries({ ...taskQueries, ...noteQueries, ...activityQueries, ...suggestionQueries, ...catalogQueries, ...copyQueries }),
);

/** Checks the command whole before it writes; throws CommandRefused with nothing written. */
export function runCommand(doc: ProductEdit, command: Json): Json {
  const args = readArgs(command);
  const run = COMMANDS.get(args.type);
  if (run === undefined) throw new CommandRefused(`There is no command "${args.type}" for this kind of document.`);
  return run(doc, args);
}

export function runQuery(doc: ProductView, query: Json): Json {
  const args = readArgs(query);
  const run = QUERIES.get(args.type);
  if (run === undefined) throw new CommandRefused(`There is no view "${args.type}" of this kind of document.`);
  return run(doc, args);
}
