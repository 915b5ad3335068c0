import { takeHead } from '../core/model/text.ts';
import { ExitCode, MidturnError } from './errors.ts';

/** One problem of a configuration, with the key and the position in the file that it is about. */
export interface ConfigProblem {
  /** The key, such as `agents.main.model`; empty when the problem concerns the file as a whole. */
  path: string;
  /** Line and column count from 1; columns count UTF-16 units, as editors do. */
  line: number;
  column: number;
  message: string;
  /** What to do about it. */
  hint?: string;
}

/**
 * Reports a configuration that cannot be used, with every problem that was found, ordered by position in the file.
 */
export class ConfigError extends MidturnError {
  readonly code = 'config_invalid';
  readonly status = 422;
  override readonly exitCode = ExitCode.config;
  override readonly details: { file: string; problems: ConfigProblem[] };
  readonly problems: readonly ConfigProblem[];

  /** `file` is the name of the text in messages, such as `midturn.jsonc` or `revision 11`. */
  constructor(file: string, problems: ConfigProblem[], options?: ErrorOptions) {
    const lines = problems.slice(0, SHOWN).map((problem) => describeProblem(file, problem));
    if (problems.length > SHOWN) lines.push(`… and ${problems.length - SHOWN} more problems.`);
    super(lines.join('\n'), options);
    this.problems = problems;
    this.details = { file, problems };
  }
}

const SHOWN = 20;

/**
 * Formats a problem as compilers do (`file:line:column path: message; hint`), so that editors and terminals turn it
 * into a link.
 */
export function describeProblem(
  file: string,
  { path, line, column, message, hint }: Omit<ConfigProblem, 'hint'> & { hint?: string | undefined },
): string {
  const place = [`${file}:${line}:${column}`, path].filter(Boolean).join(' ');
  return `${place}: ${hint ? `${message}; ${hint}` : message}`;
}

/**
 * Reports that the file changed between the read and the write of a change; nothing was written. The caller must
 * read it again.
 */
export class ConfigConflictError extends MidturnError {
  readonly code = 'config_conflict';
  readonly status = 412;
  override readonly exitCode = ExitCode.conflict;
  constructor(file: string) {
    super(
      `${file} was changed by another writer after it was read. Nothing was written; read it again and repeat the change.`,
    );
  }
}

/**
 * Refuses a change of single keys because the file cannot be read as text, so its other keys would be lost; nothing
 * was written.
 */
export class ConfigUnreadableError extends MidturnError {
  readonly code = 'config_unreadable';
  readonly status = 422;
  override readonly exitCode = ExitCode.config;
  /** `problem`: the message of the ConfigError that says why the file cannot be read. */
  constructor(problem: string) {
    super(
      `${problem}. Nothing was written, because a change of single keys would lose all others. Fix the file, or replace the whole of it: \`midturn config rollback\` restores a revision, \`PUT /v1/config\` writes a new one.`,
    );
  }
}

/** Reports that the system refused to write the file; the file still has its former content. */
export class ConfigWriteError extends MidturnError {
  readonly code = 'config_not_written';
  readonly status = 503;
  constructor(file: string, why: string, options?: ErrorOptions) {
    super(`${file} cannot be written (${why}). It is as it was; ${describeRemedy(why)}.`, options);
  }
}

function describeRemedy(why: string): string {
  if (why === 'EROFS') return 'it is on a read-only file system, so change it where it comes from';
  if (why === 'EBUSY') return 'a single file that is mounted cannot be replaced, so mount its folder';
  if (why === 'ENOSPC' || why === 'EDQUOT') return 'free space and try again';
  return 'check the owner and the permissions of the file and its folder';
}

/** Reports a path that is not a valid configuration path, or does not fit the values that the file has there. */
export class ConfigPathError extends MidturnError {
  readonly code = 'config_path';
  readonly status = 400;
  override readonly exitCode = ExitCode.usage;
  constructor(path: string, why: string) {
    super(
      `"${takeHead(path, 200)}" cannot be set: ${why}. Paths look like agents.main.model, auth.tokens[0] or agents["a.b"].limits.`,
    );
  }
}
