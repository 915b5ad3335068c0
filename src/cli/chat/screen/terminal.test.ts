import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { TerminalScreen } from './terminal.ts';

it('streams above what is being typed', () => {
  const { screen, input, rows } = terminal(40);
  screen.showText([{ kind: 'text', text: 'one ' }]);
  input.write('ty');
  screen.showText([{ kind: 'text', text: 'two ' }]);
  expect(rows()).toEqual(['one two', '› ty']);
  input.write('ped\r');
  screen.showText([{ kind: 'text', text: 'three' }]);
  expect(rows()).toEqual(['one two', '› typed', 'three', '›']);
});

it('continues after a row that is exactly full', () => {
  const { screen, rows } = terminal(10);
  for (const text of ['12345', '67890', 'ab', 'c']) screen.showText([{ kind: 'text', text }]);
  expect(rows()).toEqual(['1234567890', 'abc', '›']);
});

it('continues in the last row of a long line', () => {
  const { screen, rows } = terminal(10);
  for (const text of ['1234567890abc', 'de', 'f\ng']) screen.showText([{ kind: 'text', text }]);
  screen.showText([{ kind: 'line', style: 'plain', text: 'note' }]);
  expect(rows()).toEqual(['1234567890', 'abcdef', 'g', 'note', '›']);
});

it('erases an input of several rows and draws it again', () => {
  const { screen, input, rows } = terminal(10);
  input.write('abcdefghijklm');
  screen.showText([{ kind: 'text', text: 'x' }]);
  screen.showText([{ kind: 'text', text: 'y' }]);
  expect(rows()).toEqual(['xy', '› abcdefgh', 'ijklm']);
});

/** A screen on a small terminal emulator: enough of one for what readline and the screen write. */
function terminal(columns: number) {
  const out = Object.assign(new PassThrough(), { columns, isTTY: true });
  const input = new PassThrough();
  const readline = createInterface({ input, output: out, prompt: '› ', terminal: true });
  const screen = new TerminalScreen(readline, out);
  readline.on('line', () => screen.continueBelowInput());
  const emulator = new Emulator(columns);
  const rows = () => emulator.feed(String(out.read() ?? ''));
  return { screen, input, rows };
}

class Emulator {
  readonly #columns: number;
  readonly #grid: string[] = [];
  #row = 0;
  #column = 0;

  constructor(columns: number) {
    this.#columns = columns;
  }

  /** What is on the screen, without empty rows. */
  feed(text: string): string[] {
    for (const [token, count, command] of text.matchAll(TOKEN)) {
      if (command) this.#control(Number(count || 1), command);
      else if (token === '\r') this.#column = 0;
      else if (token === '\n') [this.#row, this.#column] = [this.#row + 1, 0];
      else this.#put(token);
    }
    return this.#grid.map((row) => row.trimEnd()).filter(Boolean);
  }

  #put(char: string): void {
    if (this.#column === this.#columns) [this.#row, this.#column] = [this.#row + 1, 0];
    while (this.#grid.length <= this.#row) this.#grid.push('');
    const row = (this.#grid[this.#row] ?? '').padEnd(this.#column);
    this.#grid[this.#row] = row.slice(0, this.#column) + char + row.slice(this.#column + 1);
    this.#column += 1;
  }

  #control(count: number, command: string): void {
    if (command === 'A') this.#row = Math.max(0, this.#row - count);
    if (command === 'B') this.#row += count;
    if (command === 'C') this.#column = Math.min(this.#columns - 1, this.#column + count);
    if (command === 'D') this.#column = Math.max(0, this.#column - count);
    if (command === 'G') this.#column = count - 1;
    if (command === 'J') {
      const kept = this.#grid[this.#row]?.slice(0, this.#column) ?? '';
      this.#grid.splice(this.#row, Number.POSITIVE_INFINITY, kept);
    }
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what this reads
const TOKEN = /\x1b\[(\d*)([A-Za-z])|[\s\S]/g;
