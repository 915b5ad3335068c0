import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/client';
import type { Json, ToolOutput } from '../../core/message.ts';
import { parseLossless } from '../../util/lossless-json.ts';
import { toolError } from '../tool.ts';

/** Longer structured results are given as text, which the model can be shown a window of. */
const LONGEST_JSON = 4_096;

/**
 * What the model is told of a result: its texts; what is not text is described in words. Structured content is
 * what programs get beside the text, so it counts only where there is none.
 */
export function outputOf({ content, structuredContent, isError }: CallToolResult): ToolOutput {
  const parts = content.map(describe);
  const json = structuredContent === undefined ? undefined : JSON.stringify(structuredContent);
  if (json !== undefined && !content.some(isText)) {
    if (!isError && parts.length === 0 && json.length <= LONGEST_JSON) return jsonOutput(json);
    parts.push(json);
  }
  const value = parts.filter((part) => part !== '').join('\n');
  if (isError) return toolError(value || 'The tool failed and did not say why.');
  return { type: 'text', value: value || 'The tool did its work and returned nothing.' };
}

/** With something that the server did not say. */
export function withNote(output: ToolOutput, note: string): ToolOutput {
  if (note === '' || output.type === 'execution-denied') return output;
  const type = output.type === 'json' ? 'text' : output.type;
  const said = output.type === 'json' ? JSON.stringify(output.value) : output.value;
  return { type, value: `${said}\n[${note}]` };
}

function jsonOutput(json: string): ToolOutput {
  const value: Json = parseLossless(json);
  return { type: 'json', value };
}

function isText(block: ContentBlock): boolean {
  return block.type === 'text' || (block.type === 'resource' && 'text' in block.resource);
}

function describe(block: ContentBlock): string {
  switch (block.type) {
    case 'text':
      return block.text;
    case 'image':
    case 'audio':
      return `[${block.type}: ${block.mimeType}, ${bytesOf(block.data)} bytes]`;
    case 'resource_link':
      return `[resource ${block.uri}: ${[block.title ?? block.name, block.mimeType, sizeText(block.size), block.description].filter(Boolean).join(', ')}]`;
    case 'resource': {
      const { resource } = block;
      if ('text' in resource) return `[resource ${resource.uri}]\n${resource.text}`;
      return `[resource ${resource.uri}: ${resource.mimeType ?? 'binary'}, ${bytesOf(resource.blob)} bytes]`;
    }
  }
}

function sizeText(size: number | undefined): string | undefined {
  return size === undefined ? undefined : `${size} bytes`;
}

/** Of what a base64 text stands for. */
function bytesOf(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return Math.max(0, Math.floor((base64.length * 3) / 4) - padding);
}
