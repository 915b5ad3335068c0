import { z } from 'zod';
import type { Effect } from '../../../core/model/events.ts';
import type { JsonObject } from '../../../core/model/message.ts';
import { takeHead } from '../../../core/model/text.ts';
import type { McpServerConfig } from '../wire/config.ts';
import { exposedName } from './names.ts';

/** A tool as its server describes it, before the configuration is asked. Kept on disk between runs. */
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

/** A tool as we offer it to models. */
export interface Offer {
  /** The server's own name. */
  tool: string;
  exposed: string;
  description: string;
  inputSchema: JsonObject;
  effect: Effect;
}

/** What the server sends, as far as we look at it. */
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

/** A description goes into every prompt; a longer one is cut. */
const LONGEST_DESCRIPTION = 8_192;

/** A larger or deeper schema would burden every prompt, or be refused by the provider with all other tools. */
const LONGEST_NAME = 1_024;
const LARGEST_SCHEMA = 65_536;
const DEEPEST_SCHEMA = 32;

/** What is kept of a described tool; a sentence when it cannot be offered. */
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
    // Some providers refuse an object that does not say which properties it has.
    inputSchema: { properties: {}, ...inputSchema },
    readOnly: readOnlyHint === true,
    idempotent: idempotentHint === true,
  };
}

/** The tools that the configuration lets through, each name once. */
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

/** Names that the configuration uses and the server does not have: a tool that is misspelt there is not restrained. */
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

/** A bound beyond all numbers bounds nothing, and JSON cannot say it. */
function finite(_key: string, value: unknown): unknown {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY ? undefined : value;
}

function depth(value: unknown, level = 0): number {
  if (typeof value !== 'object' || value === null || level > DEEPEST_SCHEMA) return level;
  return Math.max(level, ...Object.values(value).map((inner) => depth(inner, level + 1)));
}
