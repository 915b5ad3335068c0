import { McpMessageTooLongError } from '../../../errors/mcp.ts';
import { MAX_MESSAGE_BYTES } from './sizes.ts';

/**
 * Joins messages that a server pretty-prints over several lines. Such a message begins and ends with a bracket that
 * is alone on its line. A complete message on one line in between proves that the opening bracket was not one.
 */
export class MultilineMessages {
  #open: string[] = [];
  #size = 0;

  /**
   * Returns a complete message or line; `undefined` while a message is incomplete. Throws `McpMessageTooLongError`.
   */
  push(line: string): string | undefined {
    const bare = line.trimEnd();
    const begins = bare === '{' || bare === '[';
    if (this.#open.length === 0 ? !begins : /^[{[]./.test(bare)) {
      this.#takeMessage();
      return line;
    }
    this.#open.push(line);
    this.#size += line.length;
    if (this.#size > MAX_MESSAGE_BYTES) throw new McpMessageTooLongError(MAX_MESSAGE_BYTES);
    return bare === '}' || bare === ']' ? this.#takeMessage() : undefined;
  }

  #takeMessage(): string {
    const text = this.#open.join('\n');
    this.#open = [];
    this.#size = 0;
    return text;
  }
}
