import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { JournalUnavailableError, messageOf } from '../../../errors/errors.ts';
import { syncFolder } from '../../../util/replace-file.ts';

/** Bytes up to which a blob is stored in its row, in one commit; a longer one gets a file of its own. */
export const LONGEST_ROW = 64 * 1024;

/** Bytes that are written to a file at once: each write waits for a thread of the pool. */
const WRITE_SIZE = 1024 * 1024;

/** The bytes of a blob that were received: all of them in memory, or in a file that is on disk with its name. */
export interface ReceivedBytes {
  bytes: number;
  sha256: string;
  data: Uint8Array | null;
  file: string | null;
}

/**
 * Files of long blobs, in one folder. A file is written once under a name of its own, and becomes part of the store
 * with the row that names it. A file without a row is what an interrupted upload has left behind.
 */
export class BlobFiles {
  readonly #folder: string;
  readonly #onWrite: (step: BlobWriteStep) => void;

  /** `onWrite` is called after each step of writing a file; only tests of crashes use it. */
  constructor(folder: string, onWrite: (step: BlobWriteStep) => void = () => {}) {
    this.#folder = folder;
    this.#onWrite = onWrite;
  }

  /** Receives the bytes; short ones stay in memory. Rejects with the error of `data` or of the disk; no file remains. */
  async receiveBytes(data: Uint8Array | AsyncIterable<Uint8Array>): Promise<ReceivedBytes> {
    const digest = createHash('sha256');
    const writer = new BlobWriter(this.#folder, this.#onWrite);
    try {
      for await (const chunk of data instanceof Uint8Array ? [data] : data) {
        digest.update(chunk);
        await writer.write(chunk);
      }
      return { ...(await writer.finish()), sha256: digest.digest('hex') };
    } catch (error) {
      await writer.discard();
      throw error;
    }
  }

  /** Reads a range of a file; resolves with undefined when the file is gone. */
  async readRange(file: string, offset: number, length: number): Promise<Uint8Array | undefined> {
    const handle = await open(join(this.#folder, file), 'r').catch(() => undefined);
    if (!handle) return undefined;
    try {
      const { size } = await handle.stat();
      const buffer = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  }

  async removeFile(file: string): Promise<void> {
    await rm(join(this.#folder, file), { force: true });
  }

  /** Removes the files that were last written before a time and that no row names. */
  async removeOrphans(isNamed: (file: string) => boolean, before: number): Promise<void> {
    const files = await readdir(this.#folder).catch(() => []);
    for (const file of files) {
      if (isNamed(file)) continue;
      const found = await stat(join(this.#folder, file)).catch(() => undefined);
      // Asked again: the row may have been written meanwhile.
      if (found && found.mtimeMs < before && !isNamed(file)) await this.removeFile(file);
    }
  }
}

export type BlobWriteStep = 'created' | 'written' | 'synced';

/** Writes one blob: to memory first, and to a file as soon as it is too long for a row. */
class BlobWriter {
  readonly #folder: string;
  readonly #onWrite: (step: BlobWriteStep) => void;
  readonly #file = randomUUID();
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  /** Bytes in memory that the file does not have. */
  #kept = 0;
  #handle: FileHandle | undefined;

  constructor(folder: string, onWrite: (step: BlobWriteStep) => void) {
    this.#folder = folder;
    this.#onWrite = onWrite;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#bytes += chunk.length;
    this.#kept += chunk.length;
    this.#chunks.push(chunk);
    if (this.#kept > (this.#handle ? WRITE_SIZE : LONGEST_ROW)) await this.#flush();
  }

  /** Makes a file durable, with its name: the file and its folder are synced. */
  async finish(): Promise<Omit<ReceivedBytes, 'sha256'>> {
    const bytes = this.#bytes;
    if (!this.#handle) return { bytes, data: Buffer.concat(this.#chunks), file: null };
    await this.#flush();
    await onDisk(this.#handle.sync());
    await onDisk(this.#handle.close());
    await onDisk(syncFolder(this.#folder));
    this.#onWrite('synced');
    return { bytes, data: null, file: this.#file };
  }

  async discard(): Promise<void> {
    await this.#handle?.close().catch(() => {});
    if (this.#handle) await rm(join(this.#folder, this.#file), { force: true }).catch(() => {});
  }

  async #createFile(): Promise<FileHandle> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    return open(join(this.#folder, this.#file), 'wx', 0o600);
  }

  /** Writes what is kept in memory to the file, which it creates the first time. */
  async #flush(): Promise<void> {
    if (!this.#handle) {
      this.#handle = await onDisk(this.#createFile());
      this.#onWrite('created');
    }
    const chunk = Buffer.concat(this.#chunks.splice(0));
    this.#kept = 0;
    for (let written = 0; written < chunk.length; ) {
      const { bytesWritten } = await onDisk(this.#handle.write(chunk, written));
      written += bytesWritten;
    }
    this.#onWrite('written');
  }
}

/** Turns an error of the disk into that of the journal; an error of the sender stays as it is. */
async function onDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new JournalUnavailableError(messageOf(error), { cause: error });
  }
}
