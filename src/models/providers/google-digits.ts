import { markNumbersIn } from '../../util/lossless-json.ts';
import type { AnswerReader } from './read-answer.ts';

/**
 * Google sends arguments of calls as JSON, which its package parses and writes anew, so that large integers would lose
 * digits. The numbers in them are marked here; `parseToolInput` finds them again.
 */
export const googleReader: AnswerReader = { stream: keepDigits, events: () => undefined };

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
