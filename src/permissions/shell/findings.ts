import type { CommandWords, Word } from './command-words.ts';

/** What a command line could run, read so that nothing is missed. */
export interface Scan {
  /** Each command as its words: those of substitutions and groups too. */
  commands: Word[][];
  /** Texts beside the words that something could take for command lines: comments, input given in the line. */
  texts: string[];
  /** The line has something that this reader and a shell could read in different ways. */
  doubtful: boolean;
}

/** Collects what is found while a line is read. */
export class Findings implements Scan {
  readonly commands: Word[][] = [];
  readonly texts: string[] = [];
  doubtful = false;

  /** `nested` when a word of another command waits for this one. */
  addCommand(command: CommandWords, nested: boolean): void {
    const words = command.finish();
    if (words.length > 0) this.commands.push(words);
    this.texts.push(...command.targets);
    // A pattern of `case` ends with a bracket that closes nothing.
    const isCase = nested && words.some(({ text, mayBegin }) => mayBegin && text === 'case');
    if (isCase || command.doubtful) this.doubtful = true;
  }

  addAll({ commands, texts, doubtful }: Scan): void {
    this.commands.push(...commands);
    this.texts.push(...texts);
    this.doubtful ||= doubtful;
  }

  /** Returns where the comment ends. */
  addComment(line: string, at: number): number {
    const end = line.indexOf('\n', at);
    this.texts.push(line.slice(at, end < 0 ? undefined : end).replace(/^[#\s]+/, ''));
    return end < 0 ? line.length : end;
  }
}
