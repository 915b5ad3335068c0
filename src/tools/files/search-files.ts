import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { messageOf } from '../../errors/errors.ts';
import { SearchPatternError } from '../../errors/tools.ts';
import { entryPoint } from '../../util/entry.ts';
import { defineTool } from '../port/define.ts';
import type { Tool } from '../port/tool.ts';
import { type FileReach, resolveInRoots } from './paths.ts';
import type { SearchRequest, SearchResult } from './search-worker.ts';

const searchFilesArguments = z.strictObject({
  pattern: z.string().min(1).describe('A JavaScript regular expression; it is matched against each line.'),
  path: z.string().min(1).default('.').describe('A folder or a file; the working folder when absent.'),
  glob: z
    .string()
    .min(1)
    .optional()
    .describe('Search only files that match, such as "*.ts" or "src/**/*.md".'),
  ignoreCase: z.boolean().default(false),
  hidden: z.boolean().default(false).describe('Include files and folders that start with a dot.'),
  limit: z.int().min(1).max(2_000).default(200).describe('Maximum number of matching lines.'),
});

/** Creates `search_files`, which searches the text files below a folder line by line. */
export function createSearchFilesTool(reach: FileReach): Tool {
  return defineTool({
    name: 'search_files',
    description:
      'Searches text files for a regular expression and returns "path:line: text". Skips binary files, .git and node_modules.',
    arguments: searchFilesArguments,
    effect: 'read',
    async run({ path, ...args }, { signal }) {
      checkPattern(args.pattern);
      const place = await resolveInRoots(reach, path);
      const result = await searchInWorker({ ...args, place, home: reach.home }, signal);
      return { type: 'text', value: describeResult(result, args.limit) };
    },
  });
}

function checkPattern(pattern: string): void {
  try {
    new RegExp(pattern);
  } catch (error) {
    throw new SearchPatternError(pattern, messageOf(error));
  }
}

/**
 * Runs the search in a separate thread, because a regular expression can run forever on one line, and only
 * terminating its thread stops it. Rejects when the signal aborts.
 */
async function searchInWorker(order: SearchRequest, signal: AbortSignal): Promise<SearchResult> {
  const { promise, resolve, reject } = Promise.withResolvers<SearchResult>();
  const worker = new Worker(entryPoint('tools/files/search-worker'), { workerData: order });
  const giveUp = () => reject(new Error(`The search was stopped: ${signal.reason}.`));
  worker.once('message', resolve);
  worker.once('error', reject);
  worker.once('exit', () => reject(new Error('The search ended without a result.')));
  signal.addEventListener('abort', giveUp);
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', giveUp);
    await worker.terminate();
  }
}

function describeResult({ lines, more, skipped, failure }: SearchResult, limit: number): string {
  if (failure !== undefined) throw new Error(failure);
  const notes = [
    ...(lines.length === 0 ? ['no matches'] : []),
    ...(more ? [`only the first ${limit} matching lines; there are more`] : []),
    ...(skipped > 0 ? [`${skipped} files were too large to search`] : []),
  ];
  return [...lines, ...notes.map((note) => `[${note}]`)].join('\n');
}
