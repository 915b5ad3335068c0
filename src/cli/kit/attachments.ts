import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Client } from '../../client/client.ts';
import type { FileUpload } from '../../client/queries.ts';
import { NoSuchFileError, UsageError } from '../../errors/cli.ts';
import { messageOf } from '../../errors/errors.ts';

/** A file of this machine that a message is sent with. */
export type Attachment = FileUpload & { name: string };

/** Reads a file to attach. Rejects with NoSuchFileError, or with UsageError when it cannot be read. */
export async function readAttachment(path: string): Promise<Attachment> {
  try {
    return { name: basename(path), data: await readFile(path) };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw new NoSuchFileError(path);
    throw new UsageError(`The file ${path} cannot be read: ${messageOf(error)}.`);
  }
}

/** Uploads files and returns the content of a message with them; without files, its text. */
export async function uploadContent(
  client: Pick<Client, 'uploadFile'>,
  text: string,
  files: readonly Attachment[],
) {
  if (files.length === 0) return { text };
  const parts = [];
  for (const file of files) {
    const { blob } = await client.uploadFile(file);
    parts.push({ type: 'file' as const, blob });
  }
  return { content: [...(text === '' ? [] : [{ type: 'text' as const, text }]), ...parts] };
}
