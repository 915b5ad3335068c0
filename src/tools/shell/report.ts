import { open } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { ToolOutput } from '../../core/model/message.ts';
import { toolError } from '../port/tool.ts';
import { findCharacterEnd } from '../port/utf8.ts';
import type { JobEnd } from './job/follow.ts';
import type { Job, StopReason } from './job/job.ts';

/** Ends of a job that are reported to the model; a detached job continues, so it has nothing to report. */
type FinalEnd = Exclude<JobEnd, { kind: 'detached' }>;

/** Returns what the model sees at the end of a job: its output, then in brackets how it ended. */
export async function reportJobEnd(job: Job, end: FinalEnd, outputLimit: number): Promise<ToolOutput> {
  const output = await readJobOutput(job, outputLimit);
  const value = `${output}${output === '' || output.endsWith('\n') ? '' : '\n'}[${describeEnd(job, end, outputLimit)}]`;
  return end.kind === 'exited' ? { type: 'text', value } : toolError(value);
}

async function readJobOutput(job: Job, limit: number): Promise<string> {
  await using file = await open(join(job.folder, 'output'), 'r');
  const { size } = await file.stat();
  const sample = Buffer.alloc(Math.min(size, SAMPLE));
  await file.read(sample, 0, sample.length, 0);
  if (isBinary(sample)) {
    return `[binary output of ${size} bytes, not shown; redirect it to a file, or pipe it through a program that converts it to text]\n`;
  }
  const buffer = Buffer.alloc(Math.min(size, limit));
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
  // Programs separate names with NUL; many providers would reject every later request that contains one.
  const text = buffer.toString('utf8', 0, findCharacterEnd(buffer, bytesRead)).replaceAll('\0', '\ufffd');
  return size > limit ? `${text}\n[… output over ${limit} bytes was not kept …]\n` : text;
}

/** Bytes at the start of the output that are checked to distinguish text from binary data. */
const SAMPLE = 64 * 1024;

/**
 * Checks whether output is binary. A few invalid characters occur in text of another encoding; output in which
 * a third of the characters are invalid is unreadable.
 */
function isBinary(sample: Buffer): boolean {
  const text = sample.toString('utf8', 0, findCharacterEnd(sample, sample.length));
  const strange = text.match(/[\0\ufffd]/g)?.length ?? 0;
  return strange * 3 > text.length;
}

function describeEnd(job: Job, end: FinalEnd, outputLimit: number): string {
  const started = new Date(job.record.createdAt).toISOString();
  switch (end.kind) {
    case 'exited':
      return exitStatus(end.status);
    case 'stopped':
      return end.ran
        ? `${describeCause(job, end.reason, outputLimit)}; the command and the processes it started were ${end.ended === false ? 'told to end and may not all be gone yet' : 'ended'}${describeStatus(end.status)}`
        : `${describeCause(job, end.reason, outputLimit)}; the command was never started`;
    case 'lost':
      return `The outcome of this command is unknown: it was started at ${started} and ended without reporting an exit status, because the machine went down or its processes were killed from outside. It may or may not have done its work, and it was not run again. The output above is what it printed until then. Check before you repeat it`;
    case 'unstarted':
      return 'The command could not be started and was not run: the system refused to start a process or to write the job folder';
  }
}

function describeCause(job: Job, reason: StopReason, outputLimit: number): string {
  switch (reason) {
    case 'timeout':
      return `Time limit of ${job.record.timeout / 1000} s reached`;
    case 'output':
      return `Output limit of ${outputLimit} bytes exceeded`;
    case 'cancelled':
      return 'Cancelled';
  }
}

function describeStatus(status: number | undefined): string {
  return status === undefined ? '' : ` (${exitStatus(status)})`;
}

/**
 * Describes an exit status. Death by a signal is reported as 128 plus its number; a command may also choose
 * such a status itself.
 */
function exitStatus(status: number): string {
  const signal = Object.entries(constants.signals).find(([, number]) => number === status - 128)?.[0];
  return signal ? `exit status ${status} (128 + ${signal})` : `exit status ${status}`;
}
