import { z } from 'zod';
import type { Effect } from '../../core/model/events.ts';
import type { Json, JsonObject, ToolOutput } from '../../core/model/message.ts';
import { messageOf } from '../../errors/errors.ts';
import { toPlainNumbers } from '../../util/lossless-json.ts';
import { type CallElicitations, type Tool, type ToolContext, toolError } from './tool.ts';

/** Definition of a tool whose arguments are described once, by a zod schema. */
export interface ToolSpec<Arguments> {
  name: string;
  description: string;
  arguments: z.ZodType<Arguments>;
  effect: Effect | ((args: Arguments) => Effect);
  resumable?: boolean;
  /** Time limit for these arguments in milliseconds; the runner's default applies when it is absent. */
  timeout?(args: Arguments): number;
  /** Does the work. May throw: the message of the error becomes the output that the model sees. */
  run(args: Arguments, context: ToolContext): Promise<ToolOutput | CallElicitations>;
}

/**
 * Wraps a definition as a tool. Arguments are checked before `run`, and a failure becomes an error output, so
 * that the tool never rejects.
 */
export function defineTool<Arguments>(spec: ToolSpec<Arguments>): Tool {
  const { name, description, effect, resumable, timeout } = spec;
  const schema = toJsonSchema(spec.arguments);
  const checked = (input: Json) => spec.arguments.safeParse(toPlainNumbers(withoutNulls(input, schema)));
  return {
    name,
    description,
    inputSchema: schema,
    effect(input) {
      if (typeof effect === 'string') return effect;
      const { success, data } = checked(input);
      // Invalid arguments are answered without doing anything, so their effect is the same as that of reading.
      return success ? effect(data) : 'read';
    },
    ...(resumable ? { resumable } : {}),
    ...(timeout ? { timeout: (input) => timeLimitOf(checked(input), timeout) } : {}),
    async run(input, context) {
      const { success, data, error } = checked(input);
      if (!success) return toolError(explainArguments(name, error));
      if (context.signal.aborted && !resumable) return toolError(`Not run: ${context.signal.reason}.`);
      try {
        return await spec.run(data, context);
      } catch (failure) {
        return toolError(messageOf(failure));
      }
    },
  };
}

/**
 * Removes optional arguments that are null, because models write null for an argument that they do not give.
 * Null in place of the whole arguments counts as an empty object when nothing is required.
 */
function withoutNulls(input: Json, { required }: JsonObject): Json {
  const needed = Array.isArray(required) ? required : [];
  if (input === null) return needed.length === 0 ? {} : input;
  if (typeof input !== 'object' || Array.isArray(input)) return input;
  return Object.fromEntries(
    Object.entries(input).filter(([name, value]) => value !== null || needed.includes(name)),
  );
}

function toJsonSchema(schema: z.ZodType): JsonObject {
  const { $schema, ...described } = z.toJSONSchema(schema, { io: 'input' });
  const plain: JsonObject = JSON.parse(JSON.stringify(described));
  return plain;
}

function timeLimitOf<Arguments>(
  checked: z.ZodSafeParseResult<Arguments>,
  timeout: (args: Arguments) => number,
): number | undefined {
  return checked.success ? timeout(checked.data) : undefined;
}

function explainArguments(tool: string, error: z.ZodError): string {
  const faults = error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `"${path.join('.')}": ${message}`,
  );
  return `The arguments of ${tool} are invalid, so nothing was done. ${faults.join('; ')}.`;
}
