import { basename } from 'node:path';
import { type CheckedConfig, checkConfig, checkFileText } from '../../config/check/check.ts';
import { filesOf } from '../../config/check/files.ts';
import { readConfig } from '../../config/check/load.ts';
import { ConfigError } from '../../errors/config.ts';
import type { Home } from '../../util/home.ts';

/**
 * The result of reading the configuration file once: missing, broken or valid. `files` are the paths that it
 * refers to, whether they exist or not.
 */
export type Reading =
  | { what: 'missing'; files: string[] }
  /**
   * `content` identifies the broken content, so that the same problem is reported once; `text` is empty when the
   * file cannot be read as text.
   */
  | { what: 'broken'; content: string; text: string; error: ConfigError; files: string[] }
  | { what: 'valid'; checked: CheckedConfig; files: string[] };

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the configuration file and checks it completely, as a generation does at boot. A ConfigError becomes the
 * result `broken`; every other error is thrown.
 */
export function readFile(home: Home, env: Environment): Reading {
  let text: string | undefined;
  try {
    text = readConfig(home.config, basename(home.config));
    if (text === undefined) return { what: 'missing', files: [] };
    const checked = checkFileText(text, { home, env });
    return { what: 'valid', checked, files: checked.files };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const files = text === undefined ? [] : filesOf(text, { home, env });
    return { what: 'broken', content: `${error.message}\n${text ?? ''}`, text: text ?? '', error, files };
  }
}

/**
 * Checks a configuration text that was valid when it was stored. Returns undefined when it is no longer valid
 * today, e.g. because a referenced variable is gone.
 */
export function recheck(source: string, home: Home, env: Environment): CheckedConfig | undefined {
  try {
    return checkConfig(source, { home, env });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return undefined;
  }
}
