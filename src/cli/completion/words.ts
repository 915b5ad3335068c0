import type { Command } from 'commander';

/** One word that can be typed at a place, and what it is for. */
export interface Word {
  word: string;
  description: string;
}

/** What can follow a command: `path` is the command's words without the program's name, such as `sessions ls`. */
export interface Place {
  path: string;
  commands: Word[];
  options: Word[];
  /** Fixed values of the first argument. */
  values: string[];
}

/** Every command of the tree. Global options are offered everywhere, as they are understood everywhere. */
export function wordsOf(program: Command): Place[] {
  const globals = optionsOf(program);
  const places = (command: Command, path: string[]): Place[] => [
    {
      path: path.join(' '),
      commands: command.commands.map((child) => ({ word: child.name(), description: child.description() })),
      options: distinct([...optionsOf(command), ...globals]),
      values: command.registeredArguments[0]?.argChoices ?? [],
    },
    ...command.commands.flatMap((child) => places(child, [...path, child.name()])),
  ];
  return places(program, []);
}

function optionsOf(command: Command): Word[] {
  const help = command.createHelp();
  return help
    .visibleOptions(command)
    .flatMap(({ long, description }) => (long ? [{ word: long, description }] : []));
}

function distinct(words: readonly Word[]): Word[] {
  return [...new Map(words.map((each) => [each.word, each])).values()];
}
