import { z } from 'zod';
import { defineTool } from '../port/define.ts';
import { type Tool, toolError } from '../port/tool.ts';
import { readLines } from './lines.ts';
import type { FileReach } from './paths.ts';
import { decodeText, openRegularFile } from './regular-file.ts';

const readFileArguments = z.strictObject({
  path: z.string().min(1).describe('The file; relative paths start in the working folder.'),
  offset: z.int().min(1).default(1).describe('First line to read.'),
  limit: z.int().min(1).max(100_000).default(2_000).describe('Lines to read.'),
});

/** Creates `read_file`, which returns at most `readLimit` bytes and then says how to continue. */
export function createReadFileTool(reach: FileReach, readLimit: number): Tool {
  return defineTool({
    name: 'read_file',
    description: 'Reads a text file, or some lines of it, exactly as it is.',
    arguments: readFileArguments,
    effect: 'read',
    async run({ path, offset, limit }, { signal }) {
      await using opened = await openRegularFile(reach, path);
      const lines = await readLines(opened.file, { offset, limit, bytes: readLimit }, signal);
      const text = decodeText(lines.bytes, path, opened.size);
      if (lines.count === 0 && offset > 1) return toolError(`${path} has only ${lines.seen} lines.`);
      if (opened.size === 0) return { type: 'text', value: `[${path} is empty]` };
      const rest = opened.size - lines.end;
      return { type: 'text', value: rest > 0 ? `${text}${describeRest(offset, lines, rest)}` : text };
    },
  });
}

function describeRest(offset: number, lines: { count: number; cut: boolean }, rest: number): string {
  const last = offset + lines.count - 1;
  const what = lines.cut ? `line ${last} is too long and was cut` : `lines ${offset} to ${last}`;
  return `\n[${what}; ${rest} bytes follow; read on with offset ${last + 1}]`;
}
