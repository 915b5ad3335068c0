import type { Command } from 'commander';
import { bash } from './bash.ts';
import { fish } from './fish.ts';
import { wordsOf } from './words.ts';
import { zsh } from './zsh.ts';

const scripts = { bash: bash, zsh: zsh, fish: fish };

/**
 * Prints the completion script of a shell. The script contains every command, option and fixed value, so pressing Tab
 * starts no `midturn` process and asks no daemon.
 */
export function completion(program: Command, shell: keyof typeof scripts): void {
  process.stdout.write(scripts[shell](wordsOf(program)));
}
