import fc from 'fast-check';
import type { TurnLimits } from '../../src/core/model/budget.ts';
import type { ModelCallEnd, ToolCallEnd } from '../../src/core/model/command.ts';
import type { TokenUsage } from '../../src/core/model/events.ts';
import type { AssistantPart } from '../../src/core/model/message.ts';
import type { CallVerdict, ContextBudget, Limits } from '../../src/core/model/next-action.ts';
import type { Happening } from './happening.ts';
import { inquiryOf } from './world-tools.ts';

/** Arbitrary surroundings for `World`, for fast-check. */

/** Low enough that turns reach them. */
const turnLimits: fc.Arbitrary<TurnLimits> = fc.record({
  turnModelCalls: fc.integer({ min: 2, max: 6 }),
  turnToolCalls: fc.integer({ min: 1, max: 6 }),
  turnTokens: fc.constantFrom(50, 1e9),
  turnTime: fc.constantFrom(30_000, 1e12),
  equalCalls: fc.integer({ min: 2, max: 4 }),
  atTurnLimit: fc.constantFrom('end', 'ask'),
});

export const limits: fc.Arbitrary<Limits> = fc.record({
  modelAttempts: fc.constantFrom(3, 2, 1),
  crashAttempts: fc.constantFrom(3, 3, 2, 1),
  parallelTools: fc.integer({ min: 1, max: 4 }),
});

/** The limits of a session whose turns have an end of their own. */
export const endingLimits: fc.Arbitrary<Limits> = fc
  .tuple(limits, turnLimits)
  .map(([others, turn]) => ({ ...others, turn }));

const tool = fc.constantFrom('t0', 't1', 't2', 't3', 't4', 't5', 't6', 't7', 't8');

const call: fc.Arbitrary<AssistantPart> = fc
  .record({
    // Few ids, so that they repeat: within an answer and across answers.
    toolCallId: fc.constantFrom('a', 'b', 'c'),
    toolName: tool,
    kind: fc.constantFrom('usual', 'usual', 'usual', 'usual', 'invalid', 'elsewhere'),
  })
  .map(({ toolCallId, toolName, kind }) => ({
    type: 'tool-call',
    toolCallId,
    toolName,
    input: { of: toolName },
    ...(kind === 'invalid' ? { invalid: 'the arguments were cut off' } : {}),
    ...(kind === 'elsewhere' ? { providerExecuted: true } : {}),
  }));

const text: fc.Arbitrary<AssistantPart> = fc
  .constantFrom('', 'yes', 'well')
  .map((words) => ({ type: 'text', text: words }));

const usage: fc.Arbitrary<TokenUsage> = fc.record(
  { input: fc.nat({ max: 120 }), output: fc.nat({ max: 20 }) },
  { requiredKeys: [] },
);

const answered: fc.Arbitrary<ModelCallEnd> = fc.record({
  kind: fc.constant('finished'),
  content: fc.array(text, { maxLength: 1 }),
  finish: fc.constantFrom('stop', 'length', 'content-filter'),
  usage,
});

const called: fc.Arbitrary<ModelCallEnd> = fc
  .tuple(fc.array(text, { maxLength: 1 }), fc.array(call, { maxLength: 5 }), usage)
  .map(([words, calls, used]) => ({
    kind: 'finished',
    content: [...words, ...calls],
    finish: 'tool-calls',
    usage: used,
  }));

const failed: fc.Arbitrary<ModelCallEnd> = fc.record(
  {
    kind: fc.constant('interrupted'),
    cause: fc.constantFrom('cut', 'unavailable', 'overflow', 'overflow', 'rejected', 'shutdown'),
    reason: fc.constant('the reason of the provider'),
    partial: fc.constantFrom('', 'half an ans'),
    retryAfter: fc.integer({ min: 0, max: 100_000 }),
  },
  { requiredKeys: ['kind', 'cause', 'reason', 'partial'] },
);

const model: fc.Arbitrary<ModelCallEnd> = fc.oneof(
  { weight: 2, arbitrary: answered },
  { weight: 4, arbitrary: called },
  { weight: 2, arbitrary: failed },
);

const toolEnd: fc.Arbitrary<ToolCallEnd> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.nat({ max: 9 }).map((n) => finishedWith({ type: 'text', value: `result ${n}` })),
  },
  { weight: 1, arbitrary: fc.constant(finishedWith({ type: 'error-text', value: 'it failed' })) },
  { weight: 1, arbitrary: fc.constant<ToolCallEnd>({ kind: 'interrupted' }) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(1, 1, 2, 3, 9, 17), fc.nat({ max: 9 }))
      .map(([count, resume]): ToolCallEnd => ({ kind: 'asked', questions: elicitations(count), resume })),
  },
);

function elicitations(count: number) {
  return Array.from({ length: count }, (_, index) => inquiryOf(`q${index + 1}`));
}

function finishedWith(output: Extract<ToolCallEnd, { kind: 'finished' }>['output']): ToolCallEnd {
  return { kind: 'finished', output };
}

const verdict: fc.Arbitrary<CallVerdict> = fc.oneof(
  fc.constant<CallVerdict>({ run: false, reason: 'not allowed any more' }),
  fc.record(
    {
      run: fc.constant(true),
      effect: fc.constantFrom('read', 'idempotent', 'write'),
      resumable: fc.boolean(),
      ask: fc.record({ rule: fc.constantFrom('t5', 't7', 'more'), patience: fc.nat({ max: 100_000 }) }),
    },
    { requiredKeys: ['run', 'effect', 'resumable'] },
  ),
);

/** From windows that a few words fill to ones that nothing does. */
const room: fc.Arbitrary<ContextBudget> = fc
  .record({
    window: fc.constantFrom(40, 100, 1_000, 1_000_000),
    keepTurns: fc.integer({ min: 1, max: 4 }),
  })
  .map(({ window, keepTurns }) => ({ window, limit: window * 0.8, keepTurns }));

const which = fc.option(fc.nat({ max: 30 }), { freq: 8 });

const lazy = fc.nat({ max: 4 }).map((n) => n === 0);

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ does: fc.constant('end'), which: fc.nat({ max: 4 }), model, tool: toolEnd, lazy }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('message'),
      mode: fc.constantFrom('steer', 'queue'),
      replies: fc.boolean(),
      patience: fc.option(fc.nat({ max: 100_000 }), { freq: 3 }),
      lazy,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('decide'),
      which,
      decision: fc.constantFrom('approve', 'approve', 'deny'),
      scope: fc.constantFrom('once', 'once', 'session', 'always'),
      lazy,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('report'),
      which,
      outcome: fc.constantFrom('answered', 'failed', 'cancelled', 'unknown'),
      lazy,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('hear'),
      which,
      question: fc.nat({ max: 2 }),
      state: fc.constantFrom('pending', 'pending', 'approved', 'expired', 'superseded'),
      lazy,
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('cancel'), lazy }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('ask'), which: fc.nat({ max: 4 }), lazy }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('withdraw'), lazy }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('die'), lazy }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('admit'),
      admits: fc.constantFrom('all', 'all', 'no model calls', 'nothing'),
      lazy,
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('allow'), tool, verdict, lazy }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('fit'), room, lazy }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('pass'), time: fc.nat({ max: 100_000 }), lazy }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom('release', 'echo'), lazy }) },
);

/** Begins with a message, as nothing happens before one. */
export const happenings: fc.Arbitrary<Happening[]> = fc
  .array(happening, { maxLength: 60, size: 'max' })
  .map((rest) => [{ does: 'message', mode: 'steer', lazy: false }, ...rest]);

/** Single happenings, for stories that are told on purpose. A step that ends is the first of those in flight. */
export const asks: Happening = { does: 'message', mode: 'steer', lazy: false };
export const dies: Happening = { does: 'die', lazy: false };
export const answers = stepEnds(
  { kind: 'finished', content: [{ type: 'text', text: 'done' }], finish: 'stop' },
  finishedWith({ type: 'text', value: 'done' }),
);

export function callsTool(toolName: string): Happening {
  const content: AssistantPart[] = [{ type: 'tool-call', toolCallId: 'a', toolName, input: {} }];
  return stepEnds(
    { kind: 'finished', content, finish: 'tool-calls' },
    finishedWith({ type: 'text', value: 'done' }),
  );
}

/** A planned restart: running steps are asked to stop, none starts, and the next process continues. */
export const restarts: Happening[] = [
  { does: 'admit', admits: 'nothing', lazy: true },
  stepEnds(
    { kind: 'interrupted', cause: 'shutdown', reason: 'restart', partial: '' },
    { kind: 'interrupted' },
  ),
  dies,
];

function stepEnds(model: ModelCallEnd, tool: ToolCallEnd): Happening {
  return { does: 'end', which: 0, model, tool, lazy: false };
}
