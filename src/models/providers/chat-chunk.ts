import { z } from 'zod';

/** One chunk of a chat stream. Parsing is tolerant, because servers differ; unusable fields are omitted. */
export type ChatChunk = z.infer<typeof chunk>;

const label = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .catch(undefined);

/** A token count, which some servers send as a string. */
const count = z.coerce.number().nullish().catch(undefined);
const counts = z.record(z.string(), z.unknown()).transform((all) => {
  const numbers = Object.entries(all).map(([name, value]) => [name, toNumbers(value)]);
  return Object.fromEntries(numbers);
});

function toNumbers(value: unknown): unknown {
  if (typeof value === 'string') return count.parse(value);
  if (typeof value !== 'object' || value === null) return value;
  return counts.parse(value);
}

/** The arguments of a call as JSON text; some servers send the JSON value itself. */
const args = z.unknown().transform((value) => {
  if (value === null || value === undefined || typeof value === 'string') return value;
  return JSON.stringify(value);
});

const call = z.looseObject({
  index: z
    .preprocess((index) => (typeof index === 'string' ? Number(index) : index), z.int().nullish())
    .catch(null),
  id: label,
  function: z
    .looseObject({ name: z.string().nullish().catch(null), arguments: args.optional() })
    .nullish()
    .transform((given) => given ?? {})
    .catch({}),
});

const delta = z.looseObject({
  refusal: z.string().nullish().catch(undefined),
  role: z.literal('assistant').nullish().catch(undefined),
  content: z
    .union([z.string(), z.number().transform(String), z.array(z.looseObject({ type: z.string() }))])
    .nullish()
    .catch(undefined),
  reasoning_content: z.string().nullish().catch(undefined),
  reasoning: z.string().nullish().catch(undefined),
  tool_calls: z.array(call).nullish().catch(undefined),
});

/** The finish reason; some servers send "" or "null" as long as there is none. */
const reason = z
  .string()
  .transform((word) => (word === '' || word === 'null' ? null : word))
  .nullish()
  .catch(undefined);

const choice = z.looseObject({
  delta: delta.nullish().catch(undefined),
  message: delta.nullish().catch(undefined),
  finish_reason: reason,
});

const chunk = z.looseObject({
  id: label,
  created: z.number().nullish().catch(undefined),
  model: label,
  usage: counts.nullish().catch(undefined),
  choices: z.array(choice).catch([]),
});

/**
 * Parses one chunk; returns null when it is not an object. `whole` says whether a complete message is accepted in
 * place of a delta: some servers repeat the complete message at the end, which must then be ignored.
 */
export function readChunk(value: unknown, whole: boolean): ChatChunk | null {
  const { data } = chunk.safeParse(value);
  if (!data) return null;
  const choices = data.choices.map(({ message, ...rest }) => ({
    ...rest,
    delta: rest.delta ?? (whole ? message : undefined),
  }));
  return { ...data, choices };
}

/** Tells whether the chunk carries a tool call, or text or reasoning; null for neither. */
export function detectContent({ choices }: ChatChunk): 'calls' | 'text' | null {
  const given = choices[0]?.delta;
  if (!given) return null;
  if (given.tool_calls?.length) return 'calls';
  return given.content?.length || given.reasoning_content || given.reasoning || given.refusal ? 'text' : null;
}
