import { z } from 'zod';
import type { Effect } from '../../../core/model/events.ts';
import type { JsonObject } from '../../../core/model/message.ts';
import { takeHead } from '../../../core/model/text.ts';
import type { McpServerConfig } from '../wire/config.ts';
import { toExposedName } from './names.ts';

/** A tool as its server describes it, before the configuration is applied. Stored on disk between runs. */
export const listedToolSchema = z.object({
  name: z.string(),
  description: z.string(),
  inputSchema: z.record(z.string(), z.json()),
  readOnly: z.boolean(),
  idempotent: z.boolean(),
});

export interface ListedTool extends Omit<z.infer<typeof listedToolSchema>, 'inputSchema'> {
  inputSchema: JsonObject;
}

/** A tool as it is offered to models, after the configuration was applied. */
export interface OfferedTool {
  /** The name that the server itself uses. */
  tool: string;
  exposed: string;
  description: string;
  inputSchema: JsonObject;
  effect: Effect;
}

/** The parts of a server's tool description that are used; everything else is ignored. */
interface DescribedTool {
  name: string;
  title?: string | undefined;
  description?: string | undefined;
  inputSchema: object;
  annotations?:
    | { title?: string | undefined; readOnlyHint?: boolean | undefined; idempotentHint?: boolean | undefined }
    | undefined;
  execution?: { taskSupport?: string | undefined } | undefined;
}

/** The maximum length of a description in characters; a longer one is cut, because it is part of every prompt. */
const MAX_DESCRIPTION_LENGTH = 8_192;

/** Limits for names and schemas: larger ones bloat every prompt, or make the provider refuse the whole request. */
const MAX_NAME_LENGTH = 1_024;
const MAX_SCHEMA_LENGTH = 65_536;
const MAX_SCHEMA_DEPTH = 32;

/** Converts a described tool to the form that is kept; returns a string with the reason when it cannot be offered. */
export function toListedTool(tool: DescribedTool): ListedTool | string {
  if (tool.execution?.taskSupport === 'required') return 'it can only be called as a task';
  if (tool.name.length > MAX_NAME_LENGTH) return `its name has more than ${MAX_NAME_LENGTH} characters`;
  if (measureDepth(tool.inputSchema) > MAX_SCHEMA_DEPTH)
    return `its input schema is more than ${MAX_SCHEMA_DEPTH} levels deep`;
  const schema = JSON.stringify(tool.inputSchema);
  if (schema.length > MAX_SCHEMA_LENGTH)
    return `its input schema has more than ${MAX_SCHEMA_LENGTH} characters`;
  const { $schema: _, ...inputSchema }: JsonObject = JSON.parse(schema, omitInfinity);
  const { title, readOnlyHint, idempotentHint } = tool.annotations ?? {};
  const description = tool.description || tool.title || title || tool.name;
  return {
    name: tool.name,
    description: takeHead(description, MAX_DESCRIPTION_LENGTH).toWellFormed(),
    // Some providers refuse an object schema without `properties`.
    inputSchema: { properties: {}, ...inputSchema },
    readOnly: readOnlyHint === true,
    idempotent: idempotentHint === true,
  };
}

/**
 * Returns the tools that the configuration selects, with their effects; of several with one exposed name, the
 * first.
 */
export function selectTools(
  server: string,
  tools: readonly ListedTool[],
  config: McpServerConfig,
): OfferedTool[] {
  const offers = new Map<string, OfferedTool>();
  for (const { name, description, inputSchema, readOnly, idempotent } of tools) {
    const exposed = toExposedName(server, name);
    if (offers.has(exposed) || (config.tools && !config.tools.includes(name))) continue;
    const said: Effect = readOnly ? 'read' : idempotent ? 'idempotent' : 'write';
    const effect = configuredEffect(config, name) ?? said;
    offers.set(exposed, { tool: name, exposed, description, inputSchema, effect });
  }
  return [...offers.values()];
}

/** Returns configured tool names that the server does not have; a misspelt name would otherwise restrict nothing. */
export function findUnknownTools(
  tools: readonly ListedTool[],
  { effects, tools: wanted = [] }: McpServerConfig,
): string[] {
  const names = new Set(tools.map(({ name }) => name));
  return [...new Set([...Object.keys(effects), ...wanted])].filter((name) => !names.has(name));
}

function configuredEffect({ effects }: McpServerConfig, tool: string): Effect | undefined {
  return Object.hasOwn(effects, tool) ? effects[tool] : undefined;
}

/** JSON reviver that drops infinite bounds, which restrict nothing and cannot be written as JSON. */
function omitInfinity(_key: string, value: unknown): unknown {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY ? undefined : value;
}

function measureDepth(value: unknown, level = 0): number {
  if (typeof value !== 'object' || value === null || level > MAX_SCHEMA_DEPTH) return level;
  return Math.max(level, ...Object.values(value).map((inner) => measureDepth(inner, level + 1)));
}
