import type { Json, JsonObject } from '../../core/model/message.ts';

/**
 * Returns a schema whose top level is a plain object with properties. OpenAI and Anthropic refuse `anyOf`, `oneOf`,
 * `allOf`, `not`, `enum` and conditions there. Alternatives become one object with the properties of all; required
 * is what every alternative requires.
 */
export function flattenSchema(schema: JsonObject): JsonObject {
  const {
    anyOf,
    oneOf,
    allOf,
    not: _not,
    enum: _enum,
    const: _const,
    if: _if,
    then: _then,
    else: _else,
    ...plain
  } = schema;
  const resolve = (definition: Json): ObjectShape => readShape(definition, schema, 0);
  const shape = combineAll([
    readShape(plain, schema, 0),
    ...asJsonList(allOf).map(resolve),
    combineAlternatives(asJsonList(anyOf).map(resolve)),
    combineAlternatives(asJsonList(oneOf).map(resolve)),
  ]);
  const { $ref: _ref, ...rest } = plain;
  return {
    ...rest,
    type: 'object',
    properties: shape.properties,
    ...(shape.required.length > 0 ? { required: shape.required } : {}),
  };
}

/** The properties and required names that a schema declares for an object. */
interface ObjectShape {
  properties: JsonObject;
  required: string[];
}

/** The maximum depth to which references are resolved, because they may be circular. */
const MAX_DEPTH = 8;

function readShape(definition: Json, root: JsonObject, depth: number): ObjectShape {
  if (!isJsonObject(definition) || depth > MAX_DEPTH) return { properties: {}, required: [] };
  const { $ref, properties, required, anyOf, oneOf, allOf } = definition;
  const inner = (each: Json): ObjectShape => readShape(each, root, depth + 1);
  const own: ObjectShape = {
    properties: isJsonObject(properties) ? properties : {},
    required: asJsonList(required).filter((name) => typeof name === 'string'),
  };
  return combineAll([
    own,
    ...(typeof $ref === 'string' ? [inner(findDefinition($ref, root))] : []),
    ...asJsonList(allOf).map(inner),
    combineAlternatives(asJsonList(anyOf).map(inner)),
    combineAlternatives(asJsonList(oneOf).map(inner)),
  ]);
}

function combineAll(shapes: readonly ObjectShape[]): ObjectShape {
  return {
    properties: joinProperties(shapes),
    required: [...new Set(shapes.flatMap(({ required }) => required))],
  };
}

function combineAlternatives(shapes: readonly ObjectShape[]): ObjectShape {
  const [first, ...others] = shapes;
  const required = first?.required.filter((name) => others.every((other) => other.required.includes(name)));
  return { properties: joinProperties(shapes), required: required ?? [] };
}

/** Joins the properties of all shapes; a property with several different schemas becomes `anyOf` them. */
function joinProperties(shapes: readonly ObjectShape[]): JsonObject {
  const found = new Map<string, Json[]>();
  for (const [name, schema = {}] of shapes.flatMap(({ properties }) => Object.entries(properties))) {
    const known = found.get(name) ?? [];
    const isNew = known.every((other) => JSON.stringify(other) !== JSON.stringify(schema));
    found.set(name, isNew ? [...known, schema] : known);
  }
  return Object.fromEntries(
    [...found].map(([name, schemas]) => [name, schemas.length === 1 ? schemas[0] : { anyOf: schemas }]),
  );
}

/** Resolves a reference within the schema, such as `#/$defs/node`; external references yield an empty schema. */
function findDefinition(reference: string, root: JsonObject): Json {
  if (!reference.startsWith('#/')) return {};
  let found: Json | undefined = root;
  for (const step of reference.slice(2).split('/')) {
    const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    found = isJsonObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  }
  return found ?? {};
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asJsonList(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
