import { equal } from 'node:assert/strict';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { createUserMessage, type FilePart } from '../../src/core/model/message.ts';
import { hostileHistory, hostileText } from '../support/hostile-history.ts';
import { hostileTools } from '../support/hostile-tools.ts';
import { faultIn } from '../support/provider-rules/body.ts';
import { requestRules } from '../support/provider-rules/rules.ts';
import { openRequestCapture, type RequestCapture } from '../support/request-capture.ts';

/** A fixed seed in CI, so that every run is the same; elsewhere each run is new. */
const fixed = process.env['CI'] ? { seed: 20_261 } : {};

const wires = [
  ['anthropic', { type: 'anthropic' }],
  ['responses', { type: 'openai' }],
  ['chat', { type: 'openai', api: 'chat' }],
  ['google', { type: 'google' }],
  ['compatible', { type: 'openai-compatible' }],
] as const;

/** The bytes of the files in hostile histories; one blob is no longer stored. */
const readFile = async ({ blob }: FilePart) => (blob === 'gone' ? undefined : Buffer.from('a few bytes'));

let server: RequestCapture;
beforeAll(async () => {
  server = await openRequestCapture();
});
afterAll(() => server.close());

describe.each(wires)('prompts for %s', (wire, config) => {
  it('[B3] keeps the rules of the provider, whatever the history holds', async () => {
    await fc.assert(
      fc.asyncProperty(hostileHistory, hostileText, async (history, instructions) => {
        const raw = await server.capture(config, 'm', { instructions, history, tools: [], readFile });
        equal(faultIn(requestRules[wire], raw), undefined, raw);
      }),
      { numRuns: 300, ...fixed },
    );
  });

  it('[B3] has no tool that the provider refuses, whatever servers describe', async () => {
    await fc.assert(
      fc.asyncProperty(hostileTools, async (tools) => {
        const raw = await server.capture(config, 'm', {
          instructions: '',
          history: [createUserMessage('Hi.')],
          tools,
        });
        equal(faultIn(requestRules[wire], raw), undefined, raw.slice(0, 4_000));
      }),
      { numRuns: 150, ...fixed },
    );
  });
});
