import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { McpServerConfig } from '../wire/config.ts';
import { type ListedTool, listedTool } from './offer.ts';

const stored = z.object({ format: z.literal(1), server: z.string(), tools: z.array(listedTool) });

/**
 * What servers listed last, a file for each. A new process knows their tools and effects before they have started:
 * prompts stay the same over a restart, and a call that was interrupted can be judged at once. Nothing depends on a
 * file being there.
 */
export class Catalogue {
  readonly #folder: string;
  #writing = Promise.resolve();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** `undefined` when nothing is kept, or it is of another server of that name. */
  read(name: string, config: McpServerConfig): ListedTool[] | undefined {
    try {
      const found = stored.parse(JSON.parse(readFileSync(this.#path(name), 'utf8')));
      return found.server === digest(config) ? found.tools : undefined;
    } catch {
      return undefined;
    }
  }

  /** Never rejects, and not synced: without the file, the tools are known a moment later after the next start. */
  write(name: string, config: McpServerConfig, tools: readonly ListedTool[]): Promise<void> {
    return this.#next(async () => {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const text = JSON.stringify({ format: 1, server: digest(config), tools });
      const temporary = `${this.#path(name)}.${process.pid}`;
      await writeFile(temporary, text, { mode: 0o600 });
      await rename(temporary, this.#path(name));
    });
  }

  remove(name: string): Promise<void> {
    return this.#next(() => rm(this.#path(name), { force: true }));
  }

  /** Resolves when everything written until now is in its file. */
  settled(): Promise<void> {
    return this.#writing;
  }

  #next(work: () => Promise<void>): Promise<void> {
    this.#writing = this.#writing.then(work).catch(() => {});
    return this.#writing;
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.json`);
  }
}

/** Names the server without its secrets: where it is, not what opens it. */
function digest(config: McpServerConfig): string {
  const { type } = config;
  const where = type === 'http' ? [config.url] : [config.command, config.args, config.cwd];
  return createHash('sha256')
    .update(JSON.stringify([type, where]))
    .digest('hex');
}
