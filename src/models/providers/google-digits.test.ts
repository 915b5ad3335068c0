import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { parseToolInput } from '../tool-input.ts';
import { googleReader } from './google-digits.ts';

const ARGS = '{"id":1234567890123456789,"list":[1.0,-0,7]}';
const EVENT = `data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"t","args":${ARGS}}}]}}],"usage":{"n":1.0}}\n\n`;

it('arguments keep their digits through a package that parses them, for every division into chunks', async () => {
  const bytes = Buffer.from(`data: {"text":"é 1.0"}\n\n${EVENT}`);
  const chunks = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  const [first = '', second = ''] = (await text(googleReader.correctEvents(chunks))).split('\n\n');
  expect(first).toBe('data: {"text":"é 1.0"}');
  const event = JSON.parse(second.slice('data: '.length));
  expect(event.usage.n).toBe(1);
  const { args } = event.candidates[0].content.parts[0].functionCall;
  expect(JSON.stringify(parseToolInput(JSON.stringify(args)).input)).toBe(ARGS);
});
