import { afterEach, expect, it } from 'vitest';
import { createModels } from '../../src/models/registry.ts';
import {
  type AnsweringServer,
  type AnswerRequest,
  answerWith,
  chatChunk,
  DONE,
  startAnsweringServer,
} from '../support/answering-server.ts';
import { type Engine, startEngine } from '../support/engine.ts';

/** What turns make of providers that answer oddly, over the real wire. */

let server: AnsweringServer;
afterEach(() => server.close());

async function engineWith(answering: AnswerRequest): Promise<Engine> {
  server = await startAnsweringServer(answering);
  const models = createModels({ p: { type: 'openai-compatible', baseUrl: server.url, concurrency: 1 } });
  const compaction = { window: 2_000, limit: 2_000, keepTurns: 1, model: 'p/m' };
  return startEngine({ ports: { models }, agent: { model: 'p/m', compaction } });
}

/** An answer whose usage says how large the conversation is. */
function says(text: string, tokens: number, finish = 'stop'): AnswerRequest {
  const usage = { prompt_tokens: tokens, completion_tokens: 1, total_tokens: tokens + 1 };
  return answerWith(
    chatChunk({ role: 'assistant', content: text }) + chatChunk({}, finish, { usage }) + DONE,
  );
}

const refuses = answerWith('', 'application/json', 400);

it('[B5] a refusal without words of a prompt near the window is answered by one compaction', async () => {
  let summaries = 0;
  const engine = await engineWith((response, body, request) => {
    const long = body.includes('third') && body.includes('first');
    const summary = body.includes('Summarise this conversation');
    if (summary) summaries += 1;
    const tooLong = summary ? summaries === 1 : long;
    const answer = tooLong ? refuses : summary ? says('The summary.', 10) : says('yes', 1_800);
    answer(response, body, request);
  });
  await engine.ask('s', 'first');
  await engine.ask('s', 'second');
  expect(await engine.ask('s', 'third')).toMatchObject({ outcome: 'answered', text: 'yes' });
  const events = await engine.journal.readEvents('s', 0, 100);
  expect(events.filter((event) => 'type' in event && event.type === 'history_compacted')).toHaveLength(1);
});

it('[B5] and one far from the window fails the turn at once', async () => {
  const engine = await engineWith(refuses);
  expect(await engine.ask('s', 'first')).toMatchObject({ outcome: 'failed' });
  expect(server.requests).toHaveLength(1);
});

it('[B5] a web page in place of an answer is not asked for again', async () => {
  const engine = await engineWith(answerWith('<html><title>Sign in</title></html>', 'text/html'));
  expect(await engine.ask('s', 'hello')).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining('a web page: Sign in'),
  });
  expect(server.requests).toHaveLength(1);
});

it('an end for an unknown reason counts as an answer and is reported', async () => {
  const engine = await engineWith(says('all of it', 10, 'weird_reason'));
  expect(await engine.ask('s', 'hello')).toMatchObject({ outcome: 'answered', text: 'all of it' });
  expect(engine.reports).toContainEqual({
    event: 'model:unknown_finish',
    about: { session: 's', turn: 1, step: 1, finish: 'weird_reason' },
  });
});
