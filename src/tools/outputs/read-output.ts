import { z } from 'zod';
import type { BlobRef } from '../../core/model/events.ts';
import type { ToolOutput } from '../../core/model/message.ts';
import { defineTool } from '../port/define.ts';
import { type Tool, toolError } from '../port/tool.ts';
import { findCharacterEnd, findCharacterStart } from '../port/utf8.ts';

export const READ_OUTPUT = 'read_output';

const LARGEST = 64 * 1024;
const DEFAULT = 8 * 1024;

/**
 * The tool that reads parts of earlier outputs. These bytes are read beyond the requested range, so that its
 * ends can move to character boundaries.
 */
const MARGIN = 4;

const readOutputArguments = z.strictObject({
  output: z
    .string()
    .min(1)
    .describe('The call whose output was shortened, as the shortened output names it.'),
  offset: z.int().min(0).default(0).describe('First byte to read.'),
  limit: z.int().min(MARGIN).max(LARGEST).default(DEFAULT).describe('Bytes to read.'),
});

type Arguments = z.infer<typeof readOutputArguments>;

export interface ReadOutputDeps {
  readBlob(id: string, offset: number, length: number): Promise<Uint8Array | undefined>;
  findOutput(session: string, call: string): Promise<BlobRef | undefined>;
}

/** Creates `read_output`, with which the model reads the parts of a long output that were left out of its context. */
export function createReadOutputTool(deps: ReadOutputDeps): Tool {
  return defineTool({
    name: READ_OUTPUT,
    description:
      'Reads a part of an earlier tool output that was shortened ("… bytes left out here"). Give the call, and the byte offset to read from.',
    arguments: readOutputArguments,
    effect: 'read',
    async run(args, { session }) {
      const blob = await deps.findOutput(session, args.output);
      if (!blob)
        return toolError(`No stored output of a call "${args.output}": only shortened outputs are stored.`);
      if (args.offset >= blob.bytes) {
        return toolError(`Offset ${args.offset} is past the end: that output has ${blob.bytes} bytes.`);
      }
      return readPart(deps, blob, args);
    },
  });
}

async function readPart(
  deps: ReadOutputDeps,
  blob: BlobRef,
  { offset, limit }: Arguments,
): Promise<ToolOutput> {
  const bytes = await deps.readBlob(blob.id, offset, limit + MARGIN);
  if (!bytes) return toolError('That output is no longer in the store.');
  const start = findCharacterStart(bytes, 0);
  const end = findCharacterEnd(bytes, limit);
  const text = Buffer.from(bytes.subarray(start, end)).toString('utf8');
  const next = offset + end;
  const rest = next < blob.bytes ? `; read on with offset ${next}` : ', the end';
  return { type: 'text', value: `${text}\n\n[bytes ${offset + start} to ${next} of ${blob.bytes}${rest}]` };
}
