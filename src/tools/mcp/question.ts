import { z } from 'zod';
import type { Elicitation, ElicitationField, ElicitationValue } from '../../core/model/elicitation.ts';

/**
 * The maximum length of a question as JSON, in characters, because it is stored in the journal and shown to
 * approvers.
 */
const MAX_ELICITATION_LENGTH = 16_384;

const MAX_URL_LENGTH = 2_048;

const words = z.string().overwrite((text) => text.toWellFormed());
const options = z.array(z.object({ const: z.string(), title: words }));
const values = z.array(z.string());

const property = z.object({
  type: z.enum(['string', 'number', 'integer', 'boolean', 'array']),
  title: words.optional(),
  description: words.optional(),
  default: z.unknown().optional(),
  format: z.enum(['email', 'uri', 'date', 'date-time']).optional(),
  enum: values.optional(),
  enumNames: z.array(words).optional(),
  oneOf: options.optional(),
  items: z.object({ enum: values.optional(), anyOf: options.optional() }).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
});

type Property = z.infer<typeof property>;

const name = z
  .string()
  .min(1)
  .max(256)
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'is no name');

const asked = z.union([
  z.object({
    mode: z.literal('url'),
    message: words,
    url: z.url({ protocol: /^https?$/ }).max(MAX_URL_LENGTH),
  }),
  z.object({
    mode: z.literal('form').optional(),
    message: words,
    requestedSchema: z.object({
      properties: z.record(name, property),
      required: z.array(z.string()).optional(),
    }),
  }),
]);

/**
 * Converts the parameters of an `elicitation/create` request to a question. Returns a string with the reason when
 * they are invalid, unsupported or too large.
 */
export function parseElicitation(key: string, server: string, params: unknown): Elicitation | string {
  const { success, data } = asked.safeParse(params);
  if (!success) return 'it asks for something other than a page to be visited or a form of plain values';
  const about = { key, asker: `the MCP server "${server}"`, message: data.message };
  const question: Elicitation =
    'url' in data
      ? { ...about, fields: [], url: data.url }
      : { ...about, fields: toFields(data.requestedSchema) };
  const size = JSON.stringify(question).length;
  if (size <= MAX_ELICITATION_LENGTH) return question;
  return `its question has ${size} characters; the maximum is ${MAX_ELICITATION_LENGTH}`;
}

function toFields({ properties, required = [] }: Schema): ElicitationField[] {
  return Object.entries(properties).map(([field, schema]) =>
    toField(field, schema, required.includes(field)),
  );
}

interface Schema {
  properties: Record<string, Property>;
  required?: string[] | undefined;
}

function toField(field: string, schema: Property, required: boolean): ElicitationField {
  const { type, title, description, format } = schema;
  const choices = readOptions(schema);
  const [min, max] = readBounds(schema);
  const usual = readDefault(schema);
  return {
    name: field,
    type: type === 'array' ? 'choices' : type,
    required,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(choices ? { options: choices } : {}),
    ...(usual === undefined ? {} : { default: usual }),
    ...(format === undefined || type !== 'string' ? {} : { format }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
  };
}

function readOptions({
  type,
  enum: plain,
  enumNames = [],
  oneOf,
  items,
}: Property): ElicitationField['options'] {
  if (type === 'array') return titledOptions(items?.enum ?? [], [], items?.anyOf);
  return type === 'string' && (plain || oneOf) ? titledOptions(plain ?? [], enumNames, oneOf) : undefined;
}

function titledOptions(
  plain: string[],
  names: string[],
  titled: z.infer<typeof options> = [],
): ElicitationField['options'] {
  return [
    ...plain.map((value, index) => ({ value, title: names[index] ?? value })),
    ...titled.map(({ const: value, title }) => ({ value, title })),
  ];
}

function readBounds(schema: Property): [number | undefined, number | undefined] {
  if (schema.type === 'string') return [schema.minLength, schema.maxLength];
  if (schema.type === 'array') return [schema.minItems, schema.maxItems];
  return schema.type === 'boolean' ? [undefined, undefined] : [schema.minimum, schema.maximum];
}

/** Returns the default value of a field if it has the field's type, otherwise `undefined`. */
function readDefault({ type, default: usual }: Property): ElicitationValue | undefined {
  if (type === 'array') return values.safeParse(usual).data;
  if (type === 'string') return typeof usual === 'string' ? usual : undefined;
  if (type === 'boolean') return typeof usual === 'boolean' ? usual : undefined;
  return typeof usual === 'number' && Number.isFinite(usual) ? usual : undefined;
}
