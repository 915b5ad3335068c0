import { expect, it } from 'vitest';
import { NO_SECRETS } from '../../src/engine/port/secrets.ts';
import type { Tool } from '../../src/tools/port/tool.ts';
import { startEngine, testTool } from '../support/engine.ts';

/** A tool that reports its progress, waits until it was seen, and produces a file. */
function camera(bytes: number, seen?: Promise<void>): Tool {
  return {
    ...testTool('camera', () => ''),
    async run(_, { storeFile, report }) {
      report?.('focusing with hunter2');
      await seen;
      const file = await storeFile?.({ data: Buffer.alloc(bytes, 'x'), name: 'shot.txt' });
      return { type: 'content', value: [{ type: 'text', text: 'Shot:' }, ...(file ? [file] : [])] };
    },
  };
}

const script = [{ tools: [{ name: 'camera', input: {} }] }, { text: 'I got {result}' }];

it('[N7] a file that a tool produces is stored, is part of its result and reaches the model', async () => {
  const engine = await startEngine({ tools: [camera(10)], script });
  expect((await engine.ask('s', 'go')).text).toBe('I got Shot:\n\n[file shot.txt, 10 bytes]\nxxxxxxxxxx');
  const [message] = (await engine.sessions.readTranscript('s', 0, 10)).filter(({ role }) => role === 'tool');
  expect(message).toMatchObject({ text: 'Shot:', files: [{ name: 'shot.txt', mediaType: 'text/plain' }] });
  const { read, ...file } = await engine.sessions.openFile('s', message?.files?.[0]?.blob ?? '');
  expect(file).toMatchObject({ bytes: 10, name: 'shot.txt' });
  for await (const piece of read()) expect(Buffer.from(piece).toString()).toBe('xxxxxxxxxx');
});

it('[A10] a file that a tool produces over the limit fails the call, which names the limit', async () => {
  const engine = await startEngine({ tools: [camera(1_000_001)], script });
  expect((await engine.ask('s', 'go')).text).toContain('the limit is 1000000 bytes');
});

it('[I2] [K4] the progress of a tool reaches followers while it runs, without secrets', async () => {
  const seen = Promise.withResolvers<void>();
  const secrets = { ...NO_SECRETS, hide: (text: string) => text.replaceAll('hunter2', '[redacted]') };
  const tools = [camera(10, seen.promise)];
  const engine = await startEngine({ tools, script, ports: { secrets: () => secrets } });
  await engine.sessions.sendMessage('s', { text: 'go' });
  const leave = new AbortController();
  const told: string[] = [];
  for await (const followed of engine.sessions.followSession('s', 0, leave.signal)) {
    if (followed.kind === 'delta' && followed.delta.kind === 'tool_status') {
      told.push(`${followed.delta.call} ${followed.delta.text}`);
      seen.resolve();
    }
    if (followed.kind === 'event' && followed.event.type === 'turn_finished') leave.abort();
  }
  expect(told).toEqual(['1.1 focusing with [redacted]']);
});
