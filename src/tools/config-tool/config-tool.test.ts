import { describe, expect, it } from 'vitest';
import type { ElicitationResult } from '../../core/model/elicitation.ts';
import type { Json } from '../../core/model/message.ts';
import type { ToolContext } from '../port/tool.ts';
import { createConfigTool } from './config-tool.ts';
import type { ConfigChangePlan, ConfigOutcome, ConfigPort } from './port.ts';

const DONE: ConfigOutcome = {
  done: true,
  revision: 8,
  applied: 'live',
  handover: null,
  keys: ['agents.main.model'],
};
const PLAN: ConfigChangePlan = {
  apply: 'handover',
  changes: [{ path: 'listen', kind: 'changed', before: 'a:1', after: 'b:1' }],
  refused: [{ path: 'listen', why: '`tools.config.keys` does not list it' }],
  asks: [],
};

const asked: unknown[] = [];

async function run(
  input: Json,
  answers: { outcome?: ConfigOutcome; plan?: ConfigChangePlan } = {},
  more: Partial<ToolContext> = {},
) {
  const port: ConfigPort = {
    showConfig: async () => ({
      source: '{ "a": 1 }',
      revision: 7,
      allowed: ['agents.*.instructions'],
      unlisted: 'ask',
    }),
    planChange: async () => answers.plan ?? PLAN,
    applyPatch: async (...given) => {
      asked.push(given);
      return answers.outcome ?? DONE;
    },
  };
  const signal = new AbortController().signal;
  return createConfigTool(port).run(input, {
    session: 's',
    call: '3.1',
    key: 'k',
    attempt: 1,
    signal,
    ...more,
  });
}

const PATCH = { agents: { main: { model: 'p/m' } } };

describe('the config tool', () => {
  it('shows the file and the keys that may be changed', async () => {
    expect(await run({ action: 'show' })).toEqual({
      type: 'text',
      value:
        'Revision 7. Keys that you may change by yourself: agents.*.instructions. Changes of other keys need an approval.\n\n{ "a": 1 }',
    });
  });

  it('[E6] plans a change: what would change, when it would apply, and what is not allowed', async () => {
    expect(await run({ action: 'plan', patch: {} })).toEqual({
      type: 'text',
      value: [
        'listen (changed): "a:1" -> "b:1"',
        'A new process would take over and apply it; this turn would continue there with its next step.',
        'The operator does not allow this change, and none of it was made. listen: `tools.config.keys` does not list it.',
      ].join('\n'),
    });
  });

  it('[C5] says what was applied, and that the turn continues in the new generation', async () => {
    expect(await run({ action: 'set', patch: PATCH })).toMatchObject({
      value: 'Revision 8: agents.main.model. It applies from the next step on.',
    });
    expect(asked.at(-1)).toEqual([PATCH, { session: 's', call: '3.1' }, undefined]);
    const outcome = { ...DONE, applied: 'handover', handover: '12', keys: ['listen'] } as const;
    expect(await run({ action: 'set', patch: PATCH }, { outcome })).toMatchObject({
      value: expect.stringMatching(/Handover 12 applies it: .* this turn continues there by itself/),
    });
  });

  it('[E12] names the keys that the operator does not allow', async () => {
    const refused = [{ path: 'auth.tokens[0]', why: 'it may lead to secrets' }];
    expect(
      await run({ action: 'set', patch: PATCH }, { outcome: { done: false, refused, asks: [] } }),
    ).toEqual({
      type: 'error-text',
      value:
        'The operator does not allow this change, and none of it was made. auth.tokens[0]: it may lead to secrets.',
    });
  });

  const asks = [
    { path: 'agents.main.model', change: '"p/m" -> "p/x"' },
    { path: 'limits.turns', change: '64 -> 5' },
  ];

  it('[E12] asks for an approval before it changes unlisted keys, and keeps what was shown', async () => {
    expect(
      await run({ action: 'set', patch: PATCH }, { outcome: { done: false, refused: [], asks } }),
    ).toEqual({
      type: 'questions',
      questions: [
        {
          key: 'change',
          asker: 'the tool "config"',
          message: [
            'May this agent change agents.main.model, limits.turns in the configuration of the daemon?',
            'agents.main.model: "p/m" -> "p/x"',
            'limits.turns: 64 -> 5',
          ].join('\n'),
          fields: [],
          operator: true,
        },
      ],
      resume: { keys: asks },
    });
    const plan = { ...PLAN, refused: [], asks };
    expect(await run({ action: 'plan', patch: PATCH }, { plan })).toMatchObject({
      value: expect.stringContaining(
        'These keys would need an approval first: agents.main.model, limits.turns.',
      ),
    });
  });

  const given = (answer: Partial<ElicitationResult>) => ({
    answers: {
      resume: { keys: asks },
      given: [
        { key: 'change', decision: 'approved', content: {}, from: 'ann', note: null, ...answer },
      ] satisfies ElicitationResult[],
    },
  });

  it('[E12] makes exactly the approved changes, and none that would need another approval', async () => {
    expect(await run({ action: 'set', patch: PATCH }, {}, given({}))).toMatchObject({ type: 'text' });
    expect(asked.at(-1)).toEqual([PATCH, { session: 's', call: '3.1' }, { keys: asks, from: 'ann' }]);
  });

  it.each<[said: Partial<ElicitationResult>, told: string]>([
    [
      { decision: 'denied', note: 'not on a Friday' },
      'the change of agents.main.model, limits.turns was denied by ann: not on a Friday',
    ],
    [
      { decision: 'expired', from: null },
      'no approver approved the change of agents.main.model, limits.turns in time',
    ],
  ])('[E12] after %j, changes nothing and says so', async (said, told) => {
    const before = asked.length;
    expect(await run({ action: 'set', patch: PATCH }, {}, given({ content: null, ...said }))).toEqual({
      type: 'error-text',
      value: `This call was not run: ${told}.`,
    });
    expect(asked).toHaveLength(before);
  });

  it('[F1] only reads unless it sets, and setting the same values again changes nothing', async () => {
    const tool = createConfigTool({ showConfig: fail, planChange: fail, applyPatch: fail });
    expect(tool.effect({ action: 'show' })).toBe('read');
    expect(tool.effect({ action: 'plan', patch: {} })).toBe('read');
    expect(tool.effect({ action: 'set', patch: {} })).toBe('idempotent');
    const outcome = { ...DONE, applied: 'none', keys: [] } as const;
    expect(await run({ action: 'set', patch: PATCH }, { outcome })).toMatchObject({
      value: 'Nothing changed: the configuration already has these values.',
    });
  });
});

async function fail(): Promise<never> {
  throw new Error('not asked for');
}
