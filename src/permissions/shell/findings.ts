import type { CommandWords, ShellWord } from './command-words.ts';

/** The result of reading a command line: everything that it could run, so that nothing is missed. */
export interface ScanResult {
  /** The words of each command, including those in substitutions and groups. */
  commands: ShellWord[][];
  /**
   * Texts beside the words that a program could interpret as command lines: comments, and input given in the line.
   */
  texts: string[];
  /** Whether this reader and a shell could read a part of the line in different ways. */
  doubtful: boolean;
}

/** Collects the commands, texts and doubts that are found while a line is read. */
export class ScanFindings implements ScanResult {
  readonly commands: ShellWord[][] = [];
  readonly texts: string[] = [];
  doubtful = false;

  /** Adds a finished command; `nested` when a word of another command waits for its result. */
  addCommand(command: CommandWords, nested: boolean): void {
    const words = command.finishWords();
    if (words.length > 0) this.commands.push(words);
    this.texts.push(...command.targets);
    // A pattern of `case` ends with a bracket that closes nothing.
    const isCase = nested && words.some(({ text, mayBegin }) => mayBegin && text === 'case');
    if (isCase || command.doubtful) this.doubtful = true;
  }

  addAll({ commands, texts, doubtful }: ScanResult): void {
    this.commands.push(...commands);
    this.texts.push(...texts);
    this.doubtful ||= doubtful;
  }

  /** Adds a comment as a text, and returns the offset where it ends. */
  addComment(line: string, at: number): number {
    const end = line.indexOf('\n', at);
    this.texts.push(line.slice(at, end < 0 ? undefined : end).replace(/^[#\s]+/, ''));
    return end < 0 ? line.length : end;
  }
}
