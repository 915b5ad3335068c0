import { z } from 'zod';
import type { Effect } from '../../../core/model/events.ts';
import type { JsonObject } from '../../../core/model/message.ts';
import { takeHead } from '../../../core/model/text.ts';
import type { McpServerConfig } from '../wire/config.ts';
import { exposedName } from './names.ts';

/** A tool as its server describes it, before the configuration is applied. Stored on disk between runs. */
export const listedTool = z.object({
  name: z.string(),
  description: z.string(),
  inputSchema: z.record(z.string(), z.json()),
  readOnly: z.boolean(),
  idempotent: z.boolean(),
});

export interface ListedTool extends Omit<z.infer<typeof listedTool>, 'inputSchema'> {
  inputSchema: JsonObject;
}

/** A tool as it is offered to models, after the configuration was applied. */
export interface Offer {
  /** The name that the server itself uses. */
  tool: string;
  exposed: string;
  description: string;
  inputSchema: JsonObject;
  effect: Effect;
}

/** The parts of a server's tool description that are used; everything else is ignored. */
interface Described {
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
const LONGEST_DESCRIPTION = 8_192;

/** Limits for names and schemas: larger ones bloat every prompt, or make the provider refuse the whole request. */
const LONGEST_NAME = 1_024;
const LARGEST_SCHEMA = 65_536;
const DEEPEST_SCHEMA = 32;

/** Converts a described tool to the form that is kept; returns a string with the reason when it cannot be offered. */
export function listed(tool: Described): ListedTool | string {
  if (tool.execution?.taskSupport === 'required') return 'it can only be called as a task';
  if (tool.name.length > LONGEST_NAME) return `its name has more than ${LONGEST_NAME} characters`;
  if (depth(tool.inputSchema) > DEEPEST_SCHEMA)
    return `its input schema is more than ${DEEPEST_SCHEMA} levels deep`;
  const schema = JSON.stringify(tool.inputSchema);
  if (schema.length > LARGEST_SCHEMA) return `its input schema has more than ${LARGEST_SCHEMA} characters`;
  const { $schema: _, ...inputSchema }: JsonObject = JSON.parse(schema, finite);
  const { title, readOnlyHint, idempotentHint } = tool.annotations ?? {};
  const description = tool.description || tool.title || title || tool.name;
  return {
    name: tool.name,
    description: takeHead(description, LONGEST_DESCRIPTION).toWellFormed(),
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
export function offersOf(server: string, tools: readonly ListedTool[], config: McpServerConfig): Offer[] {
  const offers = new Map<string, Offer>();
  for (const { name, description, inputSchema, readOnly, idempotent } of tools) {
    const exposed = exposedName(server, name);
    if (offers.has(exposed) || (config.tools && !config.tools.includes(name))) continue;
    const said: Effect = readOnly ? 'read' : idempotent ? 'idempotent' : 'write';
    const effect = effectIn(config, name) ?? said;
    offers.set(exposed, { tool: name, exposed, description, inputSchema, effect });
  }
  return [...offers.values()];
}

/** Returns configured tool names that the server does not have; a misspelt name would otherwise restrict nothing. */
export function misspelt(
  tools: readonly ListedTool[],
  { effects, tools: wanted = [] }: McpServerConfig,
): string[] {
  const names = new Set(tools.map(({ name }) => name));
  return [...new Set([...Object.keys(effects), ...wanted])].filter((name) => !names.has(name));
}

function effectIn({ effects }: McpServerConfig, tool: string): Effect | undefined {
  return Object.hasOwn(effects, tool) ? effects[tool] : undefined;
}

/** JSON reviver that drops infinite bounds, which restrict nothing and cannot be written as JSON. */
function finite(_key: string, value: unknown): unknown {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY ? undefined : value;
}

function depth(value: unknown, level = 0): number {
  if (typeof value !== 'object' || value === null || level > DEEPEST_SCHEMA) return level;
  return Math.max(level, ...Object.values(value).map((inner) => depth(inner, level + 1)));
}
