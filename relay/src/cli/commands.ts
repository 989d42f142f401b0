/** Every command there is, in the order help lists them. */
import type { Command } from 'commander';
import type { Cli } from './cli.js';
import { addAdminCommands } from './admin-commands.js';
import { addDataCommands } from './data-commands.js';
import { addServeCommand } from './serve-command.js';
import { addWatchCommands } from './watch-commands.js';

export function addCommands(root: Command, cli: Cli): void {
  addServeCommand(root, cli);
  addDataCommands(root, cli);
  addWatchCommands(root, cli);
  addAdminCommands(root, cli);
}
