import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../core/model/message.ts';
import { selectPromptRules } from './rules.ts';
import { addToolNames, selectAcceptedTools } from './tools.ts';

const anthropic = selectPromptRules({ type: 'anthropic' }, 'm');
const compatible = selectPromptRules({ type: 'openai-compatible' }, 'm');

function tool(
  name: string,
  inputSchema: JsonObject = { type: 'object', properties: {} },
): LanguageModelV4FunctionTool {
  return { type: 'function', name, description: 'Does it.', inputSchema };
}

function fitted(inputSchema: JsonObject): unknown {
  return selectAcceptedTools([tool('t', inputSchema)], anthropic).tools[0]?.inputSchema;
}

const text = { type: 'string' };

describe('the schema of a tool', () => {
  it('becomes one object when it has alternatives at the top level', () => {
    const either = {
      anyOf: [
        { type: 'object', properties: { a: text, both: text }, required: ['a', 'both'] },
        { type: 'object', properties: { b: text, both: { type: 'number' } }, required: ['b', 'both'] },
      ],
    };
    const properties = { a: text, both: { anyOf: [text, { type: 'number' }] }, b: text };
    expect(fitted(either)).toEqual({ type: 'object', properties, required: ['both'] });
    expect(fitted({ type: 'object', oneOf: either.anyOf, not: {} })).toEqual({
      type: 'object',
      properties,
      required: ['both'],
    });
  });

  it('becomes one object when several schemas apply at once', () => {
    const schema = {
      properties: { a: text },
      required: ['a'],
      allOf: [{ properties: { b: text }, required: ['b'] }, { $ref: '#/$defs/more' }, true],
      $defs: { more: { properties: { c: text } } },
    };
    expect(fitted(schema)).toEqual({
      type: 'object',
      properties: { a: text, b: text, c: text },
      required: ['a', 'b'],
      $defs: schema.$defs,
    });
  });

  it('resolves references, including circular ones', () => {
    const schema = {
      $ref: '#/$defs/node',
      $defs: { node: { anyOf: [{ $ref: '#/$defs/node' }], properties: { a: text } } },
    };
    expect(fitted(schema)).toEqual({ type: 'object', properties: { a: text }, $defs: schema.$defs });
  });

  it('declares the items of arrays and contains no keywords of old drafts', () => {
    const properties = {
      list: { type: 'array' },
      pair: { type: 'array', items: [text, text] },
      deep: { type: 'object', properties: { required: { type: ['array', 'null'] } }, required: true },
      above: { type: 'number', minimum: 1, exclusiveMinimum: true },
    };
    expect(fitted({ type: 'object', properties })).toEqual({
      type: 'object',
      properties: {
        list: { type: 'array', items: {} },
        pair: { type: 'array', items: { anyOf: [text, text] } },
        deep: { type: 'object', properties: { required: { type: ['array', 'null'], items: {} } } },
        above: { type: 'number', minimum: 1 },
      },
    });
  });

  it('stays unchanged if the provider accepts anything', () => {
    const odd = tool('t', { anyOf: [] });
    expect(selectAcceptedTools([odd], undefined)).toEqual({ tools: [odd], leftOut: [] });
  });
});

describe('a tool that cannot be sent', () => {
  it('is left out alone, and the reason names the refused argument', () => {
    const deep = { type: 'object', properties: { a: { properties: { 'filter[name]': text } } } };
    const { tools, leftOut } = selectAcceptedTools([tool('good'), tool('bad', deep)], anthropic);
    expect(tools.map(({ name }) => name)).toEqual(['good']);
    expect(leftOut).toEqual([{ tool: 'bad', why: expect.stringContaining('"filter[name]"') }]);
    expect(selectAcceptedTools([tool('bad', deep)], compatible).leftOut).toEqual([]);
  });

  it('is left out beyond the maximum number of tools', () => {
    const many = Array.from({ length: 130 }, (_, index) => tool(`t${index}`));
    const { tools, leftOut } = selectAcceptedTools(many, compatible);
    expect(tools).toHaveLength(128);
    expect(leftOut).toEqual([
      { tool: 't128', why: 'the provider takes 128 tools, and the agent has 130' },
      { tool: 't129', why: 'the provider takes 128 tools, and the agent has 130' },
    ]);
  });

  it('is named when the provider refers to it by position', () => {
    const tools = [tool('first'), tool('second')];
    expect(addToolNames('tools.1.custom.input_schema: no', tools)).toBe(
      'tools.1.custom.input_schema: no (tool 1 is "second")',
    );
    expect(addToolNames('tools[0].function_declarations[1].parameters', tools)).toContain(
      '(tool 1 is "second")',
    );
    expect(addToolNames("'tools[0].function.parameters' of first", tools)).not.toContain('(');
    expect(addToolNames('the model is overloaded', tools)).toBe('the model is overloaded');
  });
});
