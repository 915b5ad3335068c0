import { McpMessageTooLongError } from '../../../errors/mcp.ts';
import { MESSAGE_LIMIT } from './sizes.ts';

/**
 * Joins messages that a server prints over several lines. Such a message begins with a bracket alone on its line and
 * ends with one; a message on one line in between shows that the beginning was something else.
 */
export class PrettyLines {
  #open: string[] = [];
  #size = 0;

  /** A whole message or line; `undefined` while a message is open. Throws `McpMessageTooLongError`. */
  push(line: string): string | undefined {
    const bare = line.trimEnd();
    const begins = bare === '{' || bare === '[';
    if (this.#open.length === 0 ? !begins : /^[{[]./.test(bare)) {
      this.#reset();
      return line;
    }
    this.#open.push(line);
    this.#size += line.length;
    if (this.#size > MESSAGE_LIMIT) throw new McpMessageTooLongError(MESSAGE_LIMIT);
    return bare === '}' || bare === ']' ? this.#reset() : undefined;
  }

  #reset(): string {
    const text = this.#open.join('\n');
    this.#open = [];
    this.#size = 0;
    return text;
  }
}
