import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { McpServerConfig } from '../wire/config.ts';
import { type ListedTool, listedToolSchema } from './offer.ts';

const stored = z.object({ format: z.literal(1), server: z.string(), tools: z.array(listedToolSchema) });

/**
 * Caches the last tool list of each server in a file. A new process thereby knows tools and effects before the
 * servers have started: prompts stay the same across a restart, and an interrupted call can be resolved at once. A
 * missing file is not an error.
 */
export class ToolListCache {
  readonly #folder: string;
  #writing = Promise.resolve();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Returns the cached list; `undefined` when there is none or it belongs to a different server of that name. */
  read(name: string, config: McpServerConfig): ListedTool[] | undefined {
    try {
      const found = stored.parse(JSON.parse(readFileSync(this.#pathOf(name), 'utf8')));
      return found.server === hashServer(config) ? found.tools : undefined;
    } catch {
      return undefined;
    }
  }

  /** Writes the list without fsync, because losing it only delays the tools after the next start. Never rejects. */
  write(name: string, config: McpServerConfig, tools: readonly ListedTool[]): Promise<void> {
    return this.#enqueue(async () => {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const text = JSON.stringify({ format: 1, server: hashServer(config), tools });
      const temporary = `${this.#pathOf(name)}.${process.pid}`;
      await writeFile(temporary, text, { mode: 0o600 });
      await rename(temporary, this.#pathOf(name));
    });
  }

  remove(name: string): Promise<void> {
    return this.#enqueue(() => rm(this.#pathOf(name), { force: true }));
  }

  /** Resolves when all writes and removals requested so far have completed. Never rejects. */
  waitForWrites(): Promise<void> {
    return this.#writing;
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    this.#writing = this.#writing.then(work).catch(() => {});
    return this.#writing;
  }

  #pathOf(name: string): string {
    return join(this.#folder, `${name}.json`);
  }
}

/**
 * Identifies a server by a hash of its address or command, without headers or environment, which may hold secrets.
 */
function hashServer(config: McpServerConfig): string {
  const { type } = config;
  const where = type === 'http' ? [config.url] : [config.command, config.args, config.cwd];
  return createHash('sha256')
    .update(JSON.stringify([type, where]))
    .digest('hex');
}
