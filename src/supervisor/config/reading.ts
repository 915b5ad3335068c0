import { basename } from 'node:path';
import { type CheckedConfig, checkConfig, checkFileText } from '../../config/check/check.ts';
import { filesOf } from '../../config/check/files.ts';
import { readConfig } from '../../config/check/load.ts';
import { ConfigError } from '../../errors/config.ts';
import type { Home } from '../../util/home.ts';

/** What the configuration file says at one moment. `files`: what it refers to, there or not. */
export type Reading =
  | { what: 'missing'; files: string[] }
  /** `content` tells one broken file from another; `text` is empty when the file cannot be read as text. */
  | { what: 'broken'; content: string; text: string; error: ConfigError; files: string[] }
  | { what: 'valid'; checked: CheckedConfig; files: string[] };

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads and checks the file completely, as at boot. */
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

/** What a text that was valid once means today; undefined when it is not valid any more. */
export function recheck(source: string, home: Home, env: Environment): CheckedConfig | undefined {
  try {
    return checkConfig(source, { home, env });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return undefined;
  }
}
