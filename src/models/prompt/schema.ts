import type { JSONSchema7 } from '@ai-sdk/provider';
import type { Json, JsonObject } from '../../core/model/message.ts';
import { asJsonList, flattenSchema, isJsonObject } from './flatten-schema.ts';
import { makeWellFormed } from './well-formed.ts';

/**
 * Converts the schema of a tool's arguments to a form that every provider accepts: a plain object at the top level,
 * and arrays that declare their items, because OpenAI and Google refuse other forms. Keywords of old drafts are
 * omitted, because Anthropic validates schemas against draft 2020-12. The tool itself still enforces its original
 * schema.
 */
export function toAcceptedSchema(schema: JSONSchema7): JsonObject {
  let known = ACCEPTED_SCHEMAS.get(schema);
  if (known === undefined) {
    const copy: JsonObject = JSON.parse(JSON.stringify(schema));
    known = makeWellFormed(completeSchema(flattenSchema(copy)));
    ACCEPTED_SCHEMAS.set(schema, known);
  }
  return known;
}

/** Caches converted schemas, because each model call sends all of them again. */
const ACCEPTED_SCHEMAS = new WeakMap<JSONSchema7, JsonObject>();

/** Lists the names of all arguments, including nested ones. */
export function listArgumentNames(schema: JSONSchema7): string[] {
  const names: string[] = [];
  visitSchemas(toAcceptedSchema(schema), ({ properties }) => {
    if (isJsonObject(properties)) names.push(...Object.keys(properties));
  });
  return names;
}

function visitSchemas(schema: JsonObject, look: (schema: JsonObject) => void): void {
  look(schema);
  mapSubschemas(schema, (inner) => {
    visitSchemas(inner, look);
    return inner;
  });
}

const SCHEMAS_BY_NAME = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'];
const SCHEMA_LISTS = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const SCHEMAS = ['items', 'additionalProperties', 'not', 'contains', 'propertyNames', 'if', 'then', 'else'];

/** Returns a copy of the schema in which `change` has replaced each direct subschema. */
function mapSubschemas(schema: JsonObject, change: (inner: JsonObject) => JsonObject): JsonObject {
  const changed = (value: Json | undefined) => (isJsonObject(value) ? change(value) : value);
  const members = Object.entries(schema).map(([key, value]): [string, Json | undefined] => {
    if (SCHEMAS_BY_NAME.includes(key) && isJsonObject(value)) {
      return [key, Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, changed(inner)]))];
    }
    if (SCHEMA_LISTS.includes(key)) return [key, asJsonList(value).map((inner) => changed(inner) ?? null)];
    return [key, SCHEMAS.includes(key) ? changed(value) : value];
  });
  return Object.fromEntries(members);
}

function completeSchema(schema: JsonObject): JsonObject {
  return mapSubschemas(completeItems(omitOldKeywords(schema)), completeSchema);
}

function completeItems(schema: JsonObject): JsonObject {
  const { type, items } = schema;
  const isArray = type === 'array' || (Array.isArray(type) && type.includes('array'));
  if (Array.isArray(items))
    return { ...schema, items: items.length > 0 ? { anyOf: items.filter(isJsonObject) } : {} };
  return isArray && items === undefined ? { ...schema, items: {} } : schema;
}

/** Omits keywords of draft 4, in which some keywords were booleans that are numbers or lists in later drafts. */
function omitOldKeywords(schema: JsonObject): JsonObject {
  const kept = Object.entries(schema).filter(([key, value]) => {
    if (key === 'exclusiveMinimum' || key === 'exclusiveMaximum') return typeof value === 'number';
    if (key === 'required' || key === 'enum') return Array.isArray(value);
    return key !== 'id' || typeof value !== 'string';
  });
  return Object.fromEntries(kept);
}
