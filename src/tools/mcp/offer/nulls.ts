import type { Json, JsonObject } from '../../../core/model/message.ts';
import { isPlainObject } from '../wire/wire.ts';

/**
 * Omits members that are `null` where the schema neither requires the member nor allows null. Models write null for
 * "absent", but many servers refuse such a call or treat null as a value.
 */
export function omitAbsentNulls(input: Json, schema: JsonObject): Json {
  if (input === null) return {};
  if (!isPlainObject(input)) return input;
  const properties = isPlainObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const members = Object.entries(input).flatMap(([name, value]) => {
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (!isPlainObject(known)) return [[name, value]];
    if (value === null) return required.includes(name) || allowsNull(known) ? [[name, value]] : [];
    return [[name, omitAbsentNulls(value, known)]];
  });
  return Object.fromEntries(members);
}

/** Tells whether a schema allows null; one without a type allows any value. */
function allowsNull({ type, nullable, enum: values }: JsonObject): boolean {
  if (Array.isArray(values)) return values.includes(null);
  const types = Array.isArray(type) ? type : [type];
  return typeof type === 'undefined' || types.includes('null') || nullable === true;
}
