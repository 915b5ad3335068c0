import { expect, it } from 'vitest';
import type { Json, ToolOutput } from '../../src/core/model/message.ts';
import type { Tool } from '../../src/tools/port/tool.ts';
import { createMask, createSeal } from '../../src/util/mask.ts';
import { type EngineOptions, pendingQuestion, startEngine } from '../support/engine.ts';

const SECRET = 'CANkey-a1b2c3d4e5';

function withSecret(output: ToolOutput, more: EngineOptions = {}) {
  const inputs: Json[] = [];
  const tool: Tool = {
    name: 'work',
    description: 'Works.',
    inputSchema: { type: 'object' },
    effect: () => 'write',
    run: async (input) => {
      inputs.push(input);
      return output;
    },
  };
  const secrets = { hide: createMask([SECRET]), measureTail: () => 0, ...createSeal([SECRET], 'key') };
  const script = [
    { tools: [{ name: 'work', input: { url: `https://x.y/?k=${SECRET}`, list: [SECRET, 7] } }] },
    { text: 'It said: {result}' },
  ];
  const engine = startEngine({ tools: [tool], script, ports: { secrets: () => secrets }, ...more });
  return { engine, inputs };
}

const OUTPUTS: ToolOutput[] = [
  { type: 'text', value: `the key is ${SECRET}.` },
  { type: 'error-text', value: `no ${SECRET}` },
  { type: 'json', value: { [SECRET]: [SECRET, `x${SECRET}`] } },
  { type: 'text', value: `${'x'.repeat(995)}${SECRET}${'y'.repeat(5_000)}${SECRET}` },
];

for (const [index, output] of OUTPUTS.entries()) {
  it(`[K4] output ${index + 1} of a tool is stored and sent without its secrets`, async () => {
    const { engine } = withSecret(output);
    const { ask, journal } = await engine;
    const { text } = await ask('s', 'go');
    expect(text).toContain('[redacted]');
    const events = await journal.readEvents('s', 0, 100);
    expect(JSON.stringify([text, events])).not.toContain(SECRET);
    for (const event of events) {
      if (event.type !== 'tool_call_finished' || !event.blob) continue;
      const blob = await journal.readBlob(event.blob.id, 0, event.blob.bytes);
      expect(Buffer.from(blob ?? []).toString()).not.toContain(SECRET);
    }
  });
}

it('[K4] arguments are stored and asked about without secrets, and the tool is given them', async () => {
  const permit = (_tool: string, input: Json) =>
    ({ verdict: 'ask', rule: JSON.stringify(input), patience: 60_000, isGrantedBy: () => false }) as const;
  const { engine, inputs } = withSecret({ type: 'text', value: 'done' }, { agent: { decideOnCall: permit } });
  const started = await engine;
  const answer = started.ask('s', 'go');
  const approval = await pendingQuestion(started, 's');
  const [asked] = await started.journal.listApprovals({ session: 's', state: 'pending', limit: 1 });
  expect(JSON.stringify(asked)).toMatch(/\[secret [\w-]{16}\]/);
  expect(JSON.stringify(asked)).not.toContain(SECRET);
  await started.sessions.decideApproval('s', approval, { decision: 'approve' });
  await answer;
  expect(inputs).toEqual([{ url: `https://x.y/?k=${SECRET}`, list: [SECRET, 7] }]);
  expect(JSON.stringify(await started.journal.readEvents('s', 0, 100))).not.toContain(SECRET);
});

it('[K4] a call that names a secret which has left the configuration is not run', async () => {
  const gone = {
    ...{ hide: createMask([SECRET]), measureTail: () => 0, ...createSeal([SECRET], 'key') },
    open: (text: string) => text,
  };
  const { engine, inputs } = withSecret({ type: 'text', value: '' }, { ports: { secrets: () => gone } });
  expect((await (await engine).ask('s', 'go')).text).toContain('no longer in the configuration');
  expect(inputs).toEqual([]);
});

it("[K4] the model's own text and reasoning are stored and answered without secrets", async () => {
  const script = [{ text: `The key of the user is ${SECRET}.` }];
  const { engine } = withSecret({ type: 'text', value: '' }, { script });
  const { ask, journal } = await engine;
  const { text } = await ask('s', `my key is not configured`);
  expect(text).toBe('The key of the user is [redacted].');
  expect(JSON.stringify(await journal.readEvents('s', 0, 100))).not.toContain(SECRET);
});

it('[K4] what a tool asks is stored and shown without secrets, and its own state comes back whole', async () => {
  const states: Json[] = [];
  const tool: Tool = {
    name: 'work',
    description: 'Asks.',
    inputSchema: { type: 'object' },
    effect: () => 'write',
    async run(_, { answers }) {
      if (answers) {
        states.push(answers.resume);
        return { type: 'text', value: 'done' };
      }
      const field = {
        name: 'key',
        type: 'string',
        required: false,
        description: `not ${SECRET}`,
        default: SECRET,
      } as const;
      const question = { key: 'q', asker: 'work', message: `Use ${SECRET}?`, fields: [field] };
      return { type: 'questions', questions: [question], resume: { key: SECRET } };
    },
  };
  const { engine } = withSecret({ type: 'text', value: '' }, { tools: [tool] });
  const started = await engine;
  const answer = started.ask('s', 'go');
  const approval = await pendingQuestion(started, 's');
  expect((await started.journal.findApproval(approval))?.inquiry).toEqual({
    ...{ key: 'q', asker: 'work', message: 'Use [redacted]?' },
    fields: [{ name: 'key', type: 'string', required: false, description: 'not [redacted]' }],
  });
  await started.sessions.decideApproval('s', approval, { decision: 'approve' });
  await answer;
  expect(states).toEqual([{ key: SECRET }]);
  expect(JSON.stringify(await started.journal.readEvents('s', 0, 100))).not.toContain(SECRET);
});
