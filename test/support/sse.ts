import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { createParser, type EventSourceMessage } from 'eventsource-parser';

/** A reader of server-sent events that does nothing by itself, unlike the client under test. */
export interface Sse {
  response: IncomingMessage;
  /** The next message; rejects when the stream ends first. */
  next(): Promise<EventSourceMessage>;
  take(count: number): Promise<EventSourceMessage[]>;
  /** The rest, until the server ends the stream. */
  rest(): Promise<EventSourceMessage[]>;
  /** Everything that was received, as text. */
  text(): string;
  retries: number[];
  close(): void;
}

/** `how` the connection is made; default: a new one to the host of the URL. */
export async function openSse(
  url: string,
  headers: Record<string, string> = {},
  how: RequestOptions = { agent: false },
): Promise<Sse> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(url, { ...how, headers: { accept: 'text/event-stream', ...headers } }, resolve);
    sent.on('error', reject);
    sent.end();
  });
  const messages: EventSourceMessage[] = [];
  const retries: number[] = [];
  let text = '';
  const parser = createParser({
    onEvent: (message) => messages.push(message),
    onRetry: (retry) => retries.push(retry),
  });
  const pieces = response.setEncoding('utf8')[Symbol.asyncIterator]();
  /** `false` at the end. */
  const more = async (): Promise<boolean> => {
    const { done, value } = await pieces.next();
    if (done) return false;
    text += value;
    parser.feed(String(value));
    return true;
  };
  const next = async (): Promise<EventSourceMessage> => {
    for (;;) {
      const message = messages.shift();
      if (message) return message;
      if (!(await more())) throw new Error('the stream has ended');
    }
  };
  return {
    response,
    next,
    async take(count) {
      const taken: EventSourceMessage[] = [];
      while (taken.length < count) taken.push(await next());
      return taken;
    },
    async rest() {
      while (await more());
      return messages.splice(0);
    },
    text: () => text,
    retries,
    close: () => response.destroy(),
  };
}
