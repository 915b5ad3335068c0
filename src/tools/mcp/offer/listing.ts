import type { JsonObject } from '../../../core/model/message.ts';
import { takeHead } from '../../../core/model/text.ts';
import { isPlainObject } from '../wire/wire.ts';
import { type ListedTool, toListedTool } from './offer.ts';

/** A listed tool that cannot be offered to agents, with the reason. */
export interface RejectedTool {
  tool: string;
  why: string;
}

export interface ListedTools {
  tools: ListedTool[];
  leftOut: RejectedTool[];
}

interface ToolPage extends ListedTools {
  /** The cursor of the next page; `undefined` on the last one. */
  next: string | undefined;
}

/** Reads one page of a server's tool list. An invalid tool is rejected alone and does not affect the others. */
export function readToolPage(page: unknown): ToolPage {
  const { tools, nextCursor }: JsonObject = isPlainObject(page) ? page : {};
  const found: ToolPage = { tools: [], leftOut: [], next: undefined };
  if (typeof nextCursor === 'string' && nextCursor !== '') found.next = nextCursor;
  if (!Array.isArray(tools)) {
    found.leftOut.push({ tool: '(all)', why: 'the list of tools is not a list' });
    return found;
  }
  for (const [index, tool] of tools.entries()) {
    const read = readTool(tool, index);
    if ('why' in read) found.leftOut.push(read);
    else found.tools.push(read);
  }
  return found;
}

function readTool(tool: unknown, index: number): ListedTool | RejectedTool {
  const place = `(number ${index + 1})`;
  if (!isPlainObject(tool)) return { tool: place, why: 'it is not an object' };
  const { name } = tool;
  if (typeof name !== 'string' || name === '') return { tool: place, why: 'it has no name' };
  const schema = readSchema(tool['inputSchema']);
  if (typeof schema === 'string') return { tool: takeHead(name, 200), why: schema };
  const { title, description } = tool;
  const annotations = isPlainObject(tool['annotations']) ? tool['annotations'] : {};
  const execution = isPlainObject(tool['execution']) ? tool['execution'] : {};
  const read = toListedTool({
    name,
    inputSchema: schema,
    title: asText(title),
    description: asText(description),
    annotations: {
      title: asText(annotations['title']),
      readOnlyHint: annotations['readOnlyHint'] === true,
      idempotentHint: annotations['idempotentHint'] === true,
    },
    execution: { taskSupport: asText(execution['taskSupport']) },
  });
  return typeof read === 'string' ? { tool: takeHead(name, 200), why: read } : read;
}

/**
 * Reads an input schema; a missing schema or one without a type means an object. Returns a string with the reason
 * if invalid.
 */
function readSchema(schema: unknown): object | string {
  if (schema === undefined || schema === null) return { type: 'object' };
  if (!isPlainObject(schema)) return 'its input schema is not an object';
  const { type } = schema;
  const types: unknown[] = Array.isArray(type) ? type : [type ?? 'object'];
  if (types.includes('object')) return { ...schema, type: 'object' };
  return `its input schema is of type ${JSON.stringify(type)}, and arguments are always an object`;
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
