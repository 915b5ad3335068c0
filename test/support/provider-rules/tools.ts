import { type Body, firstFault, isRecord, listOf, type RequestCheck } from './body.ts';

/**
 * OpenAI and Anthropic: "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top
 * level"; OpenAI and Google: "array schema missing items", "items: missing field"; Anthropic: "JSON schema is invalid.
 * It must match JSON Schema draft 2020-12" (lists of items, boolean bounds and boolean `required` are older).
 */
function schemaFault(schema: unknown): string | undefined {
  if (!isRecord(schema) || schema['type'] !== 'object') return 'no object at the top level';
  const odd = ['anyOf', 'oneOf', 'allOf', 'enum', 'not'].find((keyword) => keyword in schema);
  return odd === undefined ? innerFault(schema) : `${odd} at the top level`;
}

function innerFault(schema: unknown): string | undefined {
  if (!isRecord(schema)) return undefined;
  if (schema['type'] === 'array' && !isRecord(schema['items'])) return 'an array without items';
  if (typeof schema['exclusiveMinimum'] === 'boolean') return 'a boolean bound';
  if ('required' in schema && !Array.isArray(schema['required'])) return 'required that is no list';
  const inner = [...membersOf(schema['properties']), schema['items'], ...listOf(schema['anyOf'])];
  return firstFault(inner, innerFault);
}

function membersOf(value: unknown): unknown[] {
  return isRecord(value) ? Object.values(value) : [];
}

/** Anthropic: "property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'". */
function keyFault(schema: unknown): string | undefined {
  if (!isRecord(schema)) return undefined;
  const { properties } = schema;
  const odd =
    isRecord(properties) && Object.keys(properties).find((key) => !/^[a-zA-Z0-9_.-]{1,64}$/.test(key));
  if (typeof odd === 'string') return `key ${JSON.stringify(odd)}`;
  return firstFault([...membersOf(properties), schema['items'], ...listOf(schema['anyOf'])], keyFault);
}

/** "Invalid 'tools': array too long. Expected an array with maximum length 128". */
function countFault(tools: readonly Body[], most: number): string | undefined {
  return tools.length > most ? `${tools.length} tools` : undefined;
}

export const anthropicTools: RequestCheck = ({ tools }) =>
  firstFault(listOf(tools), ({ input_schema: schema }) => schemaFault(schema) ?? keyFault(schema));

export const responsesTools: RequestCheck = ({ tools }) =>
  countFault(listOf(tools), 128) ?? firstFault(listOf(tools), ({ parameters }) => schemaFault(parameters));

export const chatTools: RequestCheck = ({ tools }) =>
  countFault(listOf(tools), 128) ??
  firstFault(listOf(tools), ({ function: described }) =>
    schemaFault(isRecord(described) ? described['parameters'] : undefined),
  );

export const googleTools: RequestCheck = ({ tools }) => {
  const declared = listOf(tools).flatMap(({ functionDeclarations }) => listOf(functionDeclarations));
  return (
    countFault(declared, 512) ??
    firstFault(declared, ({ parametersJsonSchema: schema, parameters }) => schemaFault(schema ?? parameters))
  );
};
