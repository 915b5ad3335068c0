import type { Command } from 'commander';
import { bash } from './bash.ts';
import { fish } from './fish.ts';
import { wordsOf } from './words.ts';
import { zsh } from './zsh.ts';

const scripts = { bash, zsh, fish };

/** Prints a script that completes commands, options and fixed values; it asks nobody when it runs. */
export function completion(program: Command, shell: keyof typeof scripts): void {
  process.stdout.write(scripts[shell](wordsOf(program)));
}
