import type { Command } from 'commander';
import { renderBash } from './bash.ts';
import { renderFish } from './fish.ts';
import { listCompletions } from './words.ts';
import { renderZsh } from './zsh.ts';

const scripts = { bash: renderBash, zsh: renderZsh, fish: renderFish };

/**
 * Prints the completion script of a shell. The script contains every command, option and fixed value, so pressing Tab
 * starts no `midturn` process and asks no daemon.
 */
export function printCompletion(program: Command, shell: keyof typeof scripts): void {
  process.stdout.write(scripts[shell](listCompletions(program)));
}
