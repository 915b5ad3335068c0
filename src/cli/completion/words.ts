import type { Command } from 'commander';

/** A word that a shell can offer for completion, with its one-line description from the help text. */
export interface CompletionWord {
  word: string;
  description: string;
}

/**
 * Everything that can follow one command. `path` holds the words of the command without the program's name, such as
 * `sessions ls`; it is empty for the program itself.
 */
export interface CompletionContext {
  path: string;
  commands: CompletionWord[];
  options: CompletionWord[];
  /** Fixed values of the first argument, such as `bash` and `zsh`; empty when the argument is free text. */
  values: string[];
}

/**
 * Lists the completions of every command in the tree. Global options are offered after each command, because the
 * parser accepts them in every position.
 */
export function listCompletions(program: Command): CompletionContext[] {
  const globals = listOptions(program);
  const places = (command: Command, path: string[]): CompletionContext[] => [
    {
      path: path.join(' '),
      commands: command.commands.map((child) => ({ word: child.name(), description: child.description() })),
      options: removeDuplicates([...listOptions(command), ...globals]),
      values: command.registeredArguments[0]?.argChoices ?? [],
    },
    ...command.commands.flatMap((child) => places(child, [...path, child.name()])),
  ];
  return places(program, []);
}

function listOptions(command: Command): CompletionWord[] {
  const help = command.createHelp();
  return help
    .visibleOptions(command)
    .flatMap(({ long, description }) => (long ? [{ word: long, description }] : []));
}

function removeDuplicates(words: readonly CompletionWord[]): CompletionWord[] {
  return [...new Map(words.map((each) => [each.word, each])).values()];
}
