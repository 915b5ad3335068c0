import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { type RecordedMessage, RecordedWorld } from '../support/trajectories.ts';
import { followAcrossRestarts, retryUntilAccepted } from './patience.ts';

interface Conversation {
  task: number;
  messages: RecordedMessage[];
}

const recordings = new URL('../fixtures/trajectories/airline.jsonl', import.meta.url);
const policy = readFileSync(new URL('../fixtures/trajectories/airline-policy.md', import.meta.url), 'utf8');
const conversations: Conversation[] = readFileSync(recordings, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

/** The number of daemons that run at the same time; the machine has two cores. */
const AT_ONCE = 4;

describe('recorded conversations', () => {
  it('[B2][B3][D3] end as recorded although the daemon is killed at a random step of each', async () => {
    expect(conversations).toHaveLength(40);
    const rest = conversations.entries();
    const worker = async () => {
      for (const [index, conversation] of rest) await replay(conversation, index);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  });
});

async function replay({ messages }: Conversation, index: number): Promise<void> {
  const recorded = messages.at(-1)?.role === 'user' ? messages.slice(0, -1) : messages;
  const world = await RecordedWorld.start(recorded);
  const daemon = new Daemon({
    providers: { recorded: { type: 'openai-compatible', baseUrl: `${world.url}/v1` } },
    agents: { main: { model: 'recorded/gpt-4o', instructions: policy, tools: { '*': 'allow' } } },
    tools: { http: { allow: ['127.0.0.1'] } },
  });
  const steps = recorded.filter(({ role }) => role !== 'user').length;
  const killAt = 1 + (hash(index) % steps);
  let step = 0;
  let killed: Promise<void> | undefined;
  world.onRequest = () => {
    step += 1;
    if (step === killAt) killed = daemon.killGeneration();
  };
  try {
    await daemon.startUp();
    await converse(daemon, recorded);
    await killed;
    const where = `conversation ${index}, killed at step ${killAt} of ${steps}`;
    expect(killed, where).toBeDefined();
    expect(await transcriptOf(daemon), where).toEqual(recorded.flatMap(expectedLine));
    expect(world.strays, where).toEqual([]);
    const calls = recorded.flatMap((message, position) => (message.tool_calls ? [position] : []));
    expect(
      [...world.effects.keys()].sort((a, b) => a - b),
      where,
    ).toEqual(calls);
    for (const keys of world.effects.values()) expect(keys.size, where).toBe(1);
  } finally {
    await daemon.dispose();
    await world.stop();
  }
}

/** Sends the customer's messages, each after the answer to the message before it. */
async function converse({ client }: Daemon, recorded: RecordedMessage[]): Promise<void> {
  for (const [position, { role, content }] of recorded.entries()) {
    if (role !== 'user') continue;
    const id = `m${position}`;
    await retryUntilAccepted(() => client.sendMessage('airline', { id, text: content ?? '' }));
    for await (const event of followAcrossRestarts(client, 'airline')) {
      if (event.type === 'turn_finished' && event.inputs.includes(id)) break;
    }
  }
}

async function transcriptOf({ client }: Daemon): Promise<{ role: string; text: string; calls: number }[]> {
  const { messages } = await retryUntilAccepted(() => client.readTranscript('airline', { limit: 500 }));
  return messages
    .map(({ role, text, calls }) => ({
      role,
      text: role === 'tool' ? bodyOf(text) : text,
      calls: calls?.length ?? 0,
    }))
    .filter(({ text, calls, role }) => role === 'tool' || text !== '' || calls > 0)
    .filter(({ role }) => role !== 'system');
}

/** Returns the body of the tool server, without the status lines that `http_fetch` adds. */
function bodyOf(text: string): string {
  const body = text.slice(text.indexOf('\n\n') + 2);
  return body === '[no body]' ? '' : body;
}

function expectedLine({ role, content, tool_calls }: RecordedMessage) {
  return [{ role, text: content ?? '', calls: tool_calls?.length ?? 0 }];
}

/** Returns a number that looks random and is the same in every run. */
function hash(index: number): number {
  return Math.imul(index + 1, 2654435761) >>> 8;
}
