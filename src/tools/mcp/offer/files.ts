import type { FilePart } from '../../../core/model/message.ts';
import type { ProducedFile, ToolContext } from '../../port/tool.ts';
import { isPlainObject } from '../wire/wire.ts';

/**
 * Stores the bytes of an image, a sound or a binary resource of a result; resolves with undefined for any other block,
 * and for one whose bytes cannot be read. Rejects with AttachmentTooLargeError.
 */
export async function storeBlock(
  block: unknown,
  storeFile: NonNullable<ToolContext['storeFile']>,
): Promise<FilePart | undefined> {
  const file = isPlainObject(block) ? readFileOf(block) : undefined;
  return file && storeFile(file);
}

function readFileOf(block: Record<string, unknown>): ProducedFile | undefined {
  const { type, resource } = block;
  if (type === 'image' || type === 'audio') return readBytes(block['data'], block['mimeType'], undefined);
  if (type !== 'resource' || !isPlainObject(resource)) return undefined;
  return readBytes(resource['blob'], resource['mimeType'], nameOf(resource['uri']));
}

function readBytes(base64: unknown, mediaType: unknown, name: string | undefined): ProducedFile | undefined {
  if (typeof base64 !== 'string' || !/^[A-Za-z0-9+/_\s-]+={0,2}\s*$/.test(base64)) return undefined;
  const declared = typeof mediaType === 'string' ? { mediaType } : {};
  return { data: Buffer.from(base64, 'base64'), ...declared, ...(name ? { name } : {}) };
}

/** Returns the last part of a resource's address, which is a file name in most schemes. */
function nameOf(uri: unknown): string | undefined {
  if (typeof uri !== 'string') return undefined;
  const last = uri.split(/[?#]/, 1)[0]?.split('/').at(-1);
  try {
    return last && decodeURIComponent(last);
  } catch {
    return last;
  }
}
