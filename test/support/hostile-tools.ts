import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider';
import fc from 'fast-check';
import type { Json, JsonObject } from '../../src/core/model/message.ts';

/** Schemas of tools as MCP servers send them: with keywords anywhere, of any draft, and odd names. */
const key = fc.constantFrom(
  'a',
  'b',
  'filter[name]',
  'a b',
  '',
  'ключ',
  'half \ud83d',
  'properties',
  'type',
  'k'.repeat(70),
);

const { schema } = fc.letrec<{ schema: JsonObject; list: JsonObject[]; members: JsonObject }>((tie) => ({
  list: fc.array(tie('schema'), { maxLength: 2 }),
  members: fc.dictionary(key, tie('schema'), { maxKeys: 3 }),
  schema: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<JsonObject>(
      { type: 'string' },
      { type: 'array' },
      { type: ['array', 'null'] },
      { type: 'number', exclusiveMinimum: true },
      { $ref: '#/$defs/a' },
      { $ref: '#/nowhere' },
      { description: 'half \ud83d' },
      {},
    ),
    fc.record<JsonObject>(
      {
        type: fc.constantFrom<Json>('object', 'array', 'string'),
        properties: tie('members'),
        required: fc.constantFrom<Json>(['a'], ['a', 'b'], true, null, 'a'),
        items: fc.oneof<fc.Arbitrary<Json>[]>(tie('schema'), tie('list')),
        anyOf: tie('list'),
        oneOf: tie('list'),
        allOf: tie('list'),
        not: tie('schema'),
        enum: fc.constant<Json>([1]),
        $defs: tie('members'),
      },
      { requiredKeys: [] },
    ),
  ),
}));

export const hostileTools: fc.Arbitrary<LanguageModelV4FunctionTool[]> = fc
  .tuple(fc.array(schema, { maxLength: 4 }), fc.constantFrom(0, 0, 0, 130, 520))
  .map(([schemas, more]) => {
    const all = [...schemas, ...Array.from({ length: more }, (): JsonObject => ({ type: 'object' }))];
    return all.map((inputSchema, index) => ({
      type: 'function',
      name: `tool_${index}`,
      description: 'x',
      inputSchema,
    }));
  });
