import { Transform, type TransformCallback } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Placeholder for a line break inside the line that is being edited, because readline edits a single line. */
export const LINE_BREAK = '⏎';

const ESCAPE = '\x1b';
const PASTE_START = `${ESCAPE}[200~`;
const PASTE_END = `${ESCAPE}[201~`;
/** Matches an incomplete paste marker at the end of a chunk, whose rest arrives with the next chunk. */
const PARTIAL_MARKER = new RegExp(`${ESCAPE}(?:\\[(?:2(?:0(?:[01])?)?)?)?$`);
const TYPED_BREAK = new RegExp(`${ESCAPE}[\r\n]|\n`, 'g');

/** Source of the keystrokes: standard input, or a plain stream in tests, which has no raw mode. */
type InputTerminal = NodeJS.ReadableStream & { setRawMode?(on: boolean): unknown };

/** Escape sequences that turn bracketed paste mode on and off, so that the terminal marks pasted text. */
export const BRACKETED_PASTE = { on: '\x1b[?2004h', off: '\x1b[?2004l' };

/**
 * Filters terminal input on its way to readline, which edits a single line. Line breaks that are pasted, or typed with
 * Alt-Enter or Ctrl-J, become `LINE_BREAK`, so that they do not send the message. Control characters in pasted text are
 * dropped, because readline would execute them as editing commands.
 */
export class TypedInput extends Transform {
  readonly isTTY = true;
  readonly #terminal: InputTerminal;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';
  #pasting = false;
  /** Whether the last pasted text ended with a carriage return, so that a line feed belongs to it. */
  #afterReturn = false;

  constructor(terminal: InputTerminal) {
    super();
    this.#terminal = terminal;
    terminal.pipe(this);
  }

  /** Forwards raw mode to the terminal; readline calls this on its input. */
  setRawMode(on: boolean): this {
    this.#terminal.setRawMode?.(on);
    return this;
  }

  /** Stops reading from the terminal, because an open input would keep the process alive. */
  stopReading(): void {
    this.#terminal.unpipe(this);
    this.#terminal.pause();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const text = this.#rest + this.#decoder.write(chunk);
    this.#rest = PARTIAL_MARKER.exec(text)?.[0] ?? '';
    const out = this.#convertBreaks(this.#rest === '' ? text : text.slice(0, -this.#rest.length));
    done(null, out === '' ? undefined : out);
  }

  #convertBreaks(text: string): string {
    let out = '';
    for (let rest = text; rest !== ''; ) {
      const marker = this.#pasting ? PASTE_END : PASTE_START;
      const at = rest.indexOf(marker);
      const piece = at === -1 ? rest : rest.slice(0, at);
      out += this.#pasting ? this.#convertPasted(piece) : convertTyped(piece);
      if (at === -1) break;
      this.#pasting = !this.#pasting;
      this.#afterReturn = false;
      rest = rest.slice(at + marker.length);
    }
    return out;
  }

  #convertPasted(text: string): string {
    const whole = this.#afterReturn ? text.replace(/^\n/, '') : text;
    this.#afterReturn = text.endsWith('\r');
    return whole
      .replaceAll(/\r\n?|\n/g, LINE_BREAK)
      .replaceAll('\t', '    ')
      .replaceAll(/\p{Cc}/gu, '');
  }
}

/** Converts typed line breaks: Enter sends a carriage return, so a line feed or Escape-Enter means a line break. */
function convertTyped(text: string): string {
  return text.replaceAll(TYPED_BREAK, LINE_BREAK);
}
