import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from './program.ts';

const repository = join(import.meta.dirname, '../..');
const folder = join(repository, 'docs/guide');
const pages = [join(repository, 'README.md'), ...readdirSync(folder).map((name) => join(folder, name))];
const program = createProgram('0.0.0');

/** Lines of shell examples that call midturn, without what stands before the command and after a `#` or a pipe. */
const lines = pages
  .flatMap((path) => [...readFileSync(path, 'utf8').matchAll(/^```sh\n(.*?)^```$/gms)])
  .flatMap(([, block = '']) => block.split('\n'))
  .map((line) => /^(?:npm run -s )?midturn (?:-- )?(.*?)(?: +#.*| \|.*| > .*)?$/.exec(line)?.[1])
  .filter((line) => line !== undefined);

describe('commands of the guide', () => {
  it('are found', () => expect(lines.length).toBeGreaterThan(25));

  it.each([...new Set(lines)])('midturn %s', (line) => {
    expect(unknown(program, wordsOf(line))).toEqual([]);
  });

  it('are really checked', () => {
    expect(unknown(program, wordsOf('frobnicate'))).toEqual(['frobnicate']);
    expect(unknown(program, wordsOf('sessions ls --nope'))).toEqual(['--nope']);
  });
});

function wordsOf(line: string): string[] {
  return (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));
}

/** Words that are no command where one must stand, and options that the command does not have. */
function unknown(command: Command, words: readonly string[], inherited: readonly string[] = []): string[] {
  const known = [...inherited, ...command.options.flatMap(({ short, long }) => [short, long])].map(String);
  const values = command.options.filter(({ required }) => required).map(({ long }) => long);
  for (const [index, word] of words.entries()) {
    const child = command.commands.find((each) => each.name() === word);
    if (child) return unknown(child, words.slice(index + 1), known);
    const isValue = values.some((name) => name === words[index - 1]);
    if (command.commands.length > 0 && !word.startsWith('-') && !isValue) return [word];
  }
  return words.filter((word) => word.startsWith('-') && word !== '-' && !known.includes(word));
}
