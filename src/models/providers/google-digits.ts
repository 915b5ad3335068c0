import { markNumbersIn } from '../../util/lossless-json.ts';
import type { StreamReader } from './read-answer.ts';

/**
 * Preserves large integers in Google's streams. Google sends call arguments as JSON, which its package parses and
 * serializes again, so large integers would lose digits. This reader marks the numbers, and `parseToolInput`
 * restores them.
 */
export const googleReader: StreamReader = { correctEvents: keepDigits, toEvents: () => undefined };

function keepDigits(bytes: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const decoder = new TextDecoder();
  let rest = '';
  const pass = (controller: TransformStreamDefaultController<Uint8Array>, text: string) => {
    if (text !== '')
      controller.enqueue(Buffer.from(text.replaceAll(/^data:.*"functionCall".*$/gm, markLine)));
  };
  const marked = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      rest += decoder.decode(chunk, { stream: true });
      const end = rest.lastIndexOf('\n') + 1;
      pass(controller, rest.slice(0, end));
      rest = rest.slice(end);
    },
    flush: (controller) => pass(controller, rest + decoder.decode()),
  });
  return bytes.pipeThrough(marked);
}

function markLine(line: string): string {
  return `data: ${markNumbersIn('args', line.slice('data:'.length).trim())}`;
}
