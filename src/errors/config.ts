import { takeHead } from '../core/model/text.ts';
import { ExitCode, MidturnError } from './errors.ts';

/** One thing that is wrong with a configuration, and where. */
export interface ConfigProblem {
  /** Such as `agents.main.model`; empty when the file as a whole is meant. */
  path: string;
  /** Both count from 1; columns count UTF-16 units, as editors do. */
  line: number;
  column: number;
  message: string;
  /** What to do about it. */
  hint?: string;
}

/** The configuration cannot be used. Carries everything that is wrong with it; the first problem comes first in the file. */
export class ConfigError extends MidturnError {
  readonly code = 'config_invalid';
  readonly status = 422;
  override readonly exitCode = ExitCode.config;
  override readonly details: { file: string; problems: ConfigProblem[] };
  readonly problems: readonly ConfigProblem[];

  /** `file` is how people know it, such as `midturn.jsonc`. */
  constructor(file: string, problems: ConfigProblem[], options?: ErrorOptions) {
    const lines = problems.slice(0, SHOWN).map((problem) => describeProblem(file, problem));
    if (problems.length > SHOWN) lines.push(`… and ${problems.length - SHOWN} more problems.`);
    super(lines.join('\n'), options);
    this.problems = problems;
    this.details = { file, problems };
  }
}

const SHOWN = 20;

/** As compilers write it, so that editors and terminals make it a link. */
export function describeProblem(
  file: string,
  { path, line, column, message, hint }: Omit<ConfigProblem, 'hint'> & { hint?: string | undefined },
): string {
  const place = [`${file}:${line}:${column}`, path].filter(Boolean).join(' ');
  return `${place}: ${hint ? `${message}; ${hint}` : message}`;
}

/** Somebody else changed the file since the writer looked at it; nothing was written. */
export class ConfigConflictError extends MidturnError {
  readonly code = 'config_conflict';
  readonly status = 412;
  override readonly exitCode = ExitCode.conflict;
  constructor(file: string) {
    super(
      `${file} was changed by somebody else since it was read. Nothing was written; read it again and repeat the change.`,
    );
  }
}

/** A change of some keys needs the text around them, and the file cannot be read as text; nothing was written. */
export class ConfigUnreadableError extends MidturnError {
  readonly code = 'config_unreadable';
  readonly status = 422;
  override readonly exitCode = ExitCode.config;
  /** `problem`: what is wrong with the file, as ConfigError words it. */
  constructor(problem: string) {
    super(
      `${problem}. Nothing was written, because a change of single keys would lose all others. Fix the file, or replace the whole of it: \`midturn config rollback\` restores a revision, \`PUT /v1/config\` writes a new one.`,
    );
  }
}

/** The system does not let the file be written; the old one is as it was. */
export class ConfigWriteError extends MidturnError {
  readonly code = 'config_not_written';
  readonly status = 503;
  constructor(file: string, why: string, options?: ErrorOptions) {
    super(`${file} cannot be written (${why}). It is as it was; ${remedy(why)}.`, options);
  }
}

function remedy(why: string): string {
  if (why === 'EROFS') return 'it is on a read-only file system, so change it where it comes from';
  if (why === 'EBUSY') return 'a single file that is mounted cannot be replaced, so mount its folder';
  if (why === 'ENOSPC' || why === 'EDQUOT') return 'free space and try again';
  return 'check the owner and the permissions of the file and its folder';
}

/** A path that leads nowhere in the file. */
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
