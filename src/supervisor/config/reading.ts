import { basename } from 'node:path';
import { type CheckedConfig, checkConfig, checkFileText } from '../../config/check/check.ts';
import { listReferencedFiles } from '../../config/check/files.ts';
import { readConfig } from '../../config/check/load.ts';
import { ConfigError } from '../../errors/config.ts';
import type { Home } from '../../util/home.ts';

/**
 * The result of reading the configuration file once: missing, broken or valid. `files` are the paths that it
 * refers to, whether they exist or not.
 */
export type ConfigReading =
  | { what: 'missing'; files: string[] }
  /**
   * `content` identifies the broken content, so that the same problem is reported once; `text` is empty when the
   * file cannot be read as text.
   */
  | { what: 'broken'; content: string; text: string; error: ConfigError; files: string[] }
  | { what: 'valid'; checked: CheckedConfig; files: string[] };

/** A reading that a generation can start with. */
export type UsableReading = Exclude<ConfigReading, { what: 'broken' }>;

/** Where the content of a configuration came from. */
export type Origin = 'file' | 'default';

export type EnvVariables = Readonly<Record<string, string | undefined>>;

/**
 * Reads the configuration file and checks it completely, as a generation does at boot. A ConfigError becomes the
 * result `broken`; every other error is thrown.
 */
export function readConfigFile(home: Home, env: EnvVariables): ConfigReading {
  let text: string | undefined;
  try {
    text = readConfig(home.config, basename(home.config));
    if (text === undefined) return { what: 'missing', files: [] };
    const checked = checkFileText(text, { home, env });
    return { what: 'valid', checked, files: checked.files };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const files = text === undefined ? [] : listReferencedFiles(text, { home, env });
    return { what: 'broken', content: `${error.message}\n${text ?? ''}`, text: text ?? '', error, files };
  }
}

/**
 * Checks a configuration text that was valid when it was stored. Returns undefined when it is no longer valid
 * today, e.g. because a referenced variable is gone.
 */
export function checkStoredSource(source: string, home: Home, env: EnvVariables): CheckedConfig | undefined {
  try {
    return checkConfig(source, { home, env });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return undefined;
  }
}

/** Returns the checked configuration of a valid file, or the defaults when the file is missing. */
export function checkReading(found: UsableReading, home: Home): CheckedConfig {
  return found.what === 'valid' ? found.checked : checkConfig('', { home, env: {} });
}

/** Returns where the configuration of this reading came from. */
export function originOf(found: UsableReading): Origin {
  return found.what === 'valid' ? 'file' : 'default';
}

/** Summarizes an invalid file in one line: the first problem with its position, and how many more there are. */
export function summarizeProblems({ message, problems }: ConfigError): string {
  const [first = message] = message.split('\n');
  const more = problems.length - 1;
  return more > 0 ? `${first} (and ${more} more)` : first;
}
