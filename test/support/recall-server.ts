import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { replyTo } from './recall.ts';

const content = z.union([z.string(), z.array(z.looseObject({ text: z.string().optional() }))]).nullish();
const body = z.looseObject({ messages: z.array(z.looseObject({ role: z.string(), content })) });

/** The recall model, without tools, in the wire format of OpenAI's chat completions. */
export async function answerRecall(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { messages } = body.parse(JSON.parse(await text(request)));
  const said = replyTo(
    messages.map((message) => ({ role: message.role, text: wordsOf(message.content) })),
    () => 0,
  );
  const chunk = (choices: object[]) =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices })}\n\n`;
  const delta = { role: 'assistant', content: 'text' in said ? said.text : '' };
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(`${chunk([{ index: 0, delta, finish_reason: 'stop' }])}data: [DONE]\n\n`);
}

function wordsOf(words: z.infer<typeof content>): string {
  if (typeof words === 'string') return words;
  return words?.map((part) => part.text ?? '').join('') ?? '';
}
