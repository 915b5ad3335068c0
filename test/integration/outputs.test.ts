import { APICallError } from '@ai-sdk/provider';
import { expect, it } from 'vitest';
import { createMemoryJournal } from '../../src/journal/memory/memory.ts';
import type { Model } from '../../src/models/port/model.ts';
import type { ScriptStep } from '../../src/models/providers/script.ts';
import { createScriptedModel } from '../../src/models/scripted/scripted.ts';
import { findOutput } from '../../src/sessions/outputs.ts';
import { createReadOutputTool } from '../../src/tools/outputs/read-output.ts';
import { startEngine, testTool } from '../support/engine.ts';

const LONG = Array.from({ length: 1_000 }, (_, index) => `line ${index}\n`).join('');

/** Plays one step after the other, whatever the conversation looks like; `overflow` says that it is too long. */
function inOrder(steps: (ScriptStep | 'overflow')[]) {
  const model = (): Model => {
    const step = steps.shift() ?? {};
    if (step !== 'overflow') return createScriptedModel('test', 'step', { step: [step] });
    const error = { message: 'prompt is too long', url: '', requestBodyValues: {}, statusCode: 400 };
    return {
      ...createScriptedModel('test', 'echo'),
      doStream: () => Promise.reject(new APICallError(error)),
    };
  };
  return { get: model, concurrency: () => 1 };
}

async function engineWith(steps: (ScriptStep | 'overflow')[]) {
  const journal = createMemoryJournal();
  const reader = createReadOutputTool({
    readBlob: (id, offset, length) => journal.readBlob(id, offset, length),
    findOutput: (session, call) => findOutput(journal, session, call),
  });
  const json = testTool('json', () => '', {
    run: async () => ({ type: 'json', value: { lines: LONG } }),
  });
  const engine = await startEngine({
    journal,
    tools: [reader, testTool('long', () => LONG), testTool('short', () => 'short'), json],
    ports: { models: inOrder(steps) },
  });
  return engine;
}

const call = (name: string, input = {}) => ({ tools: [{ name, input }] });

it('[F5] an output can be read on after the history was compacted', async () => {
  const at = LONG.indexOf('line 500');
  const { ask, journal } = await engineWith([
    { text: 'Hello.' },
    call('long'),
    call('short'),
    call('short'),
    'overflow',
    // Of the call that took most.
    { text: 'They called long as 2.1.' },
    call('read_output', { output: '2.1', offset: at, limit: 18 }),
    { text: '{result}' },
  ]);
  await ask('s', 'hi');
  expect((await ask('s', 'go')).text).toBe(
    `line 500\nline 501\n\n\n[bytes ${at} to ${at + 18} of ${LONG.length}; read on with offset ${at + 18}]`,
  );
  const compacted = (await journal.readEvents('s', 0, 100)).find(({ type }) => type === 'history_compacted');
  expect(compacted).toMatchObject({ from: 3, dropped: 2 });
});

it('[F5] a long structured output is stored whole and shown as a window, too', async () => {
  const { ask } = await engineWith([
    call('json'),
    call('read_output', { output: '1.1', offset: 0, limit: 18 }),
    { text: '{result}' },
  ]);
  expect((await ask('s', 'go')).text).toMatch(/^\{"lines":"line 0\\n/);
});
