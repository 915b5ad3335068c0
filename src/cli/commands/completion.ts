import type { Command } from 'commander';
import { bash } from '../completion/bash.ts';
import { fish } from '../completion/fish.ts';
import { wordsOf } from '../completion/words.ts';
import { zsh } from '../completion/zsh.ts';

const scripts = { bash, zsh, fish };

/** Prints a script that completes commands, options and fixed values; it asks nobody when it runs. */
export function completion(program: Command, shell: keyof typeof scripts): void {
  process.stdout.write(scripts[shell](wordsOf(program)));
}
