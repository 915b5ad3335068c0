import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { ConfigError } from '../errors/config.ts';
import type { Home } from '../util/home.ts';
import { type CheckedConfig, checkConfig, checkFileText } from './check.ts';

export interface LoadedConfig extends CheckedConfig {
  /** `default`: there is no file, and what the daemon runs is an example that repeats what it is told. */
  origin: 'file' | 'default';
}

/** Far more than anyone writes; the text is held in memory and in the revisions. */
const MAX_BYTES = 1024 * 1024;

/** Reads and checks the home's configuration. Throws ConfigError and nothing else. */
export function loadConfig(
  home: Home,
  env: Readonly<Record<string, string | undefined>> = process.env,
): LoadedConfig {
  const file = basename(home.config);
  const text = readConfig(home.config, file);
  if (text === undefined) return { ...checkConfig('', { home, env, file }), origin: 'default' };
  return { ...checkFileText(text, { home, env, file }), origin: 'file' };
}

/** The text, valid or not; `undefined` when there is no such file. Throws ConfigError when there is no text to read. */
export function readConfig(path: string, file: string): string | undefined {
  const refuse = (message: string, hint?: string, cause?: unknown) =>
    new ConfigError(file, [{ path: '', line: 1, column: 1, message, ...(hint ? { hint } : {}) }], { cause });
  try {
    const bytes = readBytes(path);
    if (bytes === 'no file') throw refuse(`${path} is not a regular file`, 'put the configuration there');
    if (bytes === 'too large')
      throw refuse(`${path} is larger than 1 MB`, 'this cannot be meant to be a configuration');
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    if (code === 'ENOENT' && !lstatSync(path, { throwIfNoEntry: false })) return undefined;
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      throw refuse(`${path} is not UTF-8`, 'save it as UTF-8', error);
    throw refuse(`${path} cannot be read (${String(code)})`, 'check its owner and permissions', error);
  }
}

function readBytes(path: string): Uint8Array | 'no file' | 'too large' {
  // Without O_NONBLOCK, opening a pipe would wait for a writer.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) return 'no file';
    return stats.size > MAX_BYTES ? 'too large' : readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}
