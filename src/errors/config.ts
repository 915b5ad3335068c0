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
    const lines = problems.slice(0, SHOWN).map((problem) => describe(file, problem));
    if (problems.length > SHOWN) lines.push(`… and ${problems.length - SHOWN} more problems.`);
    super(lines.join('\n'), options);
    this.problems = problems;
    this.details = { file, problems };
  }
}

const SHOWN = 20;

/** As compilers write it, so that editors and terminals make it a link. */
function describe(file: string, { path, line, column, message, hint }: ConfigProblem): string {
  const place = [`${file}:${line}:${column}`, path].filter(Boolean).join(' ');
  return `${place}: ${hint ? `${message}; ${hint}` : message}`;
}
