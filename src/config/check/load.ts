import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { ConfigError } from '../../errors/config.ts';
import { decodeUtf8 } from '../../util/decode-utf8.ts';
import type { Home } from '../../util/home.ts';
import { type CheckedConfig, checkConfig, checkFileText } from './check.ts';

export interface LoadedConfig extends CheckedConfig {
  /** `default` when there is no file: the daemon then runs an example agent that repeats what it is told. */
  origin: 'file' | 'default';
}

/**
 * Maximum size of the file in bytes, far above any real configuration; the text is held in memory and in the
 * revisions.
 */
const MAX_BYTES = 1024 * 1024;

/** Reads and checks the configuration of the home. Throws ConfigError with all problems, and never another error. */
export function loadConfig(
  home: Home,
  env: Readonly<Record<string, string | undefined>> = process.env,
): LoadedConfig {
  const file = basename(home.config);
  const text = readConfig(home.config, file);
  if (text === undefined) return { ...checkConfig('', { home, env, file }), origin: 'default' };
  return { ...checkFileText(text, { home, env, file }), origin: 'file' };
}

/**
 * Returns the text of the file, valid or not; `undefined` when there is no file. Throws ConfigError when the file
 * cannot be read as text.
 */
export function readConfig(path: string, file: string): string | undefined {
  const { text, unreadable } = inspectConfig(path, file);
  if (unreadable) throw unreadable;
  return text;
}

/** The state of a configuration file at one moment: its text, or the reason why there is none. */
export interface InspectedConfig {
  /** `undefined` when there is no file, and when it cannot be read as text. */
  text: string | undefined;
  /** Why the file that is there cannot be read as text. */
  unreadable: ConfigError | undefined;
  /**
   * Version of the file (hexadecimal SHA-256): a hash of its bytes where they can be read, otherwise of its identity
   * and times. A missing file has the hash of an empty one; an unreadable file never does.
   */
  hash: string;
}

/**
 * Inspects the file, whatever its state; writers compare `hash` to detect a change. `file` is its name in messages.
 * Never throws.
 */
export function inspectConfig(path: string, file: string): InspectedConfig {
  try {
    const bytes = readBytes(path);
    if (typeof bytes === 'string') return withoutText(path, unreadableError(path, file, bytes));
    const text = decodeUtf8(bytes);
    const hash = hashSource(bytes);
    return {
      text,
      hash,
      unreadable: text === undefined ? unreadableError(path, file, 'not UTF-8') : undefined,
    };
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    const isMissing = code === 'ENOENT' && !lstatSync(path, { throwIfNoEntry: false });
    if (isMissing) return { text: undefined, unreadable: undefined, hash: hashSource('') };
    return withoutText(path, unreadableError(path, file, String(code), error));
  }
}

/** Returns the version of a text as it is written, comments included; also the ETag of the file with this text. */
export function hashSource(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Describes a file without readable text; its hash comes from what the system reports about it, because its content
 * is out of reach or far too long.
 */
function withoutText(path: string, unreadable: ConfigError): InspectedConfig {
  return { text: undefined, unreadable, hash: hashSource(`unreadable ${identityOf(path)}`) };
}

function identityOf(path: string): string {
  try {
    const { dev, ino, mode, size, mtimeNs, ctimeNs } = lstatSync(path, { bigint: true });
    return [dev, ino, mode, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    return error instanceof Error ? String(Reflect.get(error, 'code')) : 'unknown';
  }
}

function unreadableError(path: string, file: string, why: string, cause?: unknown): ConfigError {
  const [message, hint] = REFUSALS.get(why) ?? [`cannot be read (${why})`, 'check its owner and permissions'];
  return new ConfigError(file, [{ path: '', line: 1, column: 1, message: `${path} ${message}`, hint }], {
    cause,
  });
}

const REFUSALS: ReadonlyMap<string, readonly [message: string, hint: string]> = new Map([
  ['not a file', ['is not a regular file', 'put the configuration there']],
  ['too large', ['is larger than 1 MB', 'this cannot be meant to be a configuration']],
  ['not UTF-8', ['is not UTF-8', 'save it as UTF-8']],
]);

function readBytes(path: string): Uint8Array | 'not a file' | 'too large' {
  // Without O_NONBLOCK, opening a pipe would wait for a writer.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) return 'not a file';
    return stats.size > MAX_BYTES ? 'too large' : readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}
