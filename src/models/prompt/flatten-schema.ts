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
  const resolve = (definition: Json): Shape => shapeOf(definition, schema, 0);
  const shape = all([
    shapeOf(plain, schema, 0),
    ...listIn(allOf).map(resolve),
    either(listIn(anyOf).map(resolve)),
    either(listIn(oneOf).map(resolve)),
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
interface Shape {
  properties: JsonObject;
  required: string[];
}

/** The maximum depth to which references are resolved, because they may be circular. */
const DEEPEST = 8;

function shapeOf(definition: Json, root: JsonObject, depth: number): Shape {
  if (!isObject(definition) || depth > DEEPEST) return { properties: {}, required: [] };
  const { $ref, properties, required, anyOf, oneOf, allOf } = definition;
  const inner = (each: Json): Shape => shapeOf(each, root, depth + 1);
  const own: Shape = {
    properties: isObject(properties) ? properties : {},
    required: listIn(required).filter((name) => typeof name === 'string'),
  };
  return all([
    own,
    ...(typeof $ref === 'string' ? [inner(findDefinition($ref, root))] : []),
    ...listIn(allOf).map(inner),
    either(listIn(anyOf).map(inner)),
    either(listIn(oneOf).map(inner)),
  ]);
}

function all(shapes: readonly Shape[]): Shape {
  return {
    properties: joined(shapes),
    required: [...new Set(shapes.flatMap(({ required }) => required))],
  };
}

function either(shapes: readonly Shape[]): Shape {
  const [first, ...others] = shapes;
  const required = first?.required.filter((name) => others.every((other) => other.required.includes(name)));
  return { properties: joined(shapes), required: required ?? [] };
}

/** Joins the properties of all shapes; a property with several different schemas becomes `anyOf` them. */
function joined(shapes: readonly Shape[]): JsonObject {
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
    found = isObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  }
  return found ?? {};
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function listIn(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
