import type { FilePart } from '../../../core/model/message.ts';
import type { StoredBlob } from '../../../journal/blobs.ts';
import { type NewFile, storeFile, toFilePart } from '../../../journal/store-file.ts';
import { retryUntilDurable } from '../../port/durable.ts';
import type { RunnerPorts } from '../../port/ports.ts';

/**
 * Stores a file that a tool or a model has produced, durable before the event that names it; repeats while the journal
 * takes no writes. Rejects with AttachmentTooLargeError.
 */
export async function storeProducedFile(
  ports: RunnerPorts,
  session: string,
  file: NewFile & { data: Uint8Array },
): Promise<FilePart> {
  const { engine, clock, settings } = ports;
  const stored: StoredBlob[] = [];
  await retryUntilDurable(ports, session, async () => {
    stored.push(await storeFile(engine.sessions, file, settings().largestFile, clock.now()));
  });
  const [blob] = stored;
  if (!blob) throw new Error('the file was not stored');
  return toFilePart(blob);
}
