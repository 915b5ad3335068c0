import { MidturnError } from './errors.ts';

/**
 * Base class of everything that a tool refuses to do. The message is for the model, which can then choose another
 * way.
 */
abstract class ToolRefusal extends MidturnError {
  readonly status = 422;
}

/** Refuses a command whose working directory does not exist; the command was not run. */
export class StartFolderError extends ToolRefusal {
  readonly code = 'start_folder_missing';
  constructor(folder: string) {
    super(`There is no folder ${folder} to start the command in; the command was not run.`);
  }
}

/**
 * Refuses a command whose working directory is outside the folders that its sandbox contains; the command was not
 * run.
 */
export class SandboxFolderError extends ToolRefusal {
  readonly code = 'outside_sandbox';
  constructor(folder: string, roots: readonly string[]) {
    super(
      `${folder} is not inside the folders that commands may use (${roots.join(', ')}); the command was not run.`,
    );
  }
}

/**
 * Refuses a command because a sandbox is configured and `bwrap` was removed; commands never run without their
 * sandbox.
 */
export class SandboxMissingError extends ToolRefusal {
  readonly code = 'sandbox_missing';
  constructor() {
    super(
      'The operator wants commands to run in a sandbox, and the program for it ("bwrap") is no longer there; the command was not run.',
    );
  }
}

/** Refuses a path that leads outside `tools.files.roots` after symbolic links are followed. */
export class OutsideRootsError extends ToolRefusal {
  readonly code = 'outside_roots';
  constructor(path: string, roots: readonly string[]) {
    const allowed = roots.length === 0 ? 'there are none' : roots.join(', ');
    super(
      `${path} is not inside the folders that file tools may touch (${allowed}), symbolic links followed.`,
    );
  }
}

/** Refuses a path that leads to the daemon's own files, even when they lie in one of the roots. */
export class OwnFilesError extends ToolRefusal {
  readonly code = 'own_files';
  constructor(path: string) {
    super(
      `${path} is the daemon's own (its home, configuration, state, sockets, jobs or logs), which file tools never touch; use a folder beside it.`,
    );
  }
}

/** Reports a path that cannot be used as a file; `why` completes the sentence, such as `does not exist`. */
export class UnreadableFileError extends ToolRefusal {
  readonly code = 'no_such_file';
  constructor(path: string, why: string) {
    super(`${path} ${why}.`);
  }
}

/** Refuses a file that is not UTF-8 text, because its content would not survive a read and a write. */
export class BinaryFileError extends ToolRefusal {
  readonly code = 'not_text';
  constructor(path: string, bytes: number) {
    super(`${path} is a binary file (${bytes} bytes); this tool works on UTF-8 text only.`);
  }
}

/** Refuses a file that is larger than the tool reads; both sizes are in bytes. */
export class FileTooLargeError extends ToolRefusal {
  readonly code = 'file_too_large';
  constructor(path: string, bytes: number, limit: number) {
    super(`${path} has ${bytes} bytes; this tool works on files up to ${limit} bytes.`);
  }
}

/** Refuses an edit whose `old` text does not occur exactly once in the file; nothing was changed. */
export class EditMismatchError extends ToolRefusal {
  readonly code = 'edit_mismatch';
  constructor(path: string, found: number) {
    super(
      found === 0
        ? `"old" does not occur in ${path}; nothing was changed. Read the file again: every character must match.`
        : `"old" occurs ${found} times in ${path}; nothing was changed. Give more of its surroundings, or set "replaceAll".`,
    );
  }
}

/** Reports a search pattern that is not a valid regular expression, with the reason that the engine gives. */
export class SearchPatternError extends ToolRefusal {
  readonly code = 'search_pattern';
  constructor(pattern: string, why: string) {
    super(`"pattern" ${pattern} is not a regular expression: ${why}.`);
  }
}

/** Reports a skill whose `SKILL.md` cannot be used, for example because its front matter is invalid. */
export class BrokenSkillError extends ToolRefusal {
  readonly code = 'broken_skill';
  constructor(name: string, why: string) {
    super(`The skill "${name}" cannot be used: ${why}.`);
  }
}

/** Reports that no skill has this name, or why it cannot be used, and lists the skills that exist. */
export class NoSuchSkillError extends ToolRefusal {
  readonly code = 'no_such_skill';
  constructor(name: string, known: readonly string[], why: string | undefined) {
    const others = known.length === 0 ? 'There are none' : `The skills are ${known.join(', ')}`;
    super(`${why ?? `There is no skill "${name}".`} ${others}.`);
  }
}

/** Refuses a request to a host that `tools.http.allow` does not list; nothing was sent. */
export class HostRefusedError extends ToolRefusal {
  readonly code = 'host_refused';
  constructor(host: string, allowed: readonly string[]) {
    super(`The operator does not allow requests to ${host} (allowed: ${allowed.join(', ')}).`);
  }
}

/**
 * Refuses a request to a host that resolves to a loopback, private or other special address and is not listed by
 * name.
 */
export class AddressRefusedError extends ToolRefusal {
  readonly code = 'address_refused';
  constructor(host: string, addresses: readonly string[]) {
    super(
      `${host} leads to ${addresses.join(', ')}, which is not a public address; the operator would have to allow "${host}" by name.`,
    );
  }
}

/** Refuses to follow a redirect to an address that is neither http nor https. */
export class HttpSchemeError extends ToolRefusal {
  readonly code = 'http_scheme';
  constructor(scheme: string) {
    super(`A redirect leads to a "${scheme}" address; only http and https are followed.`);
  }
}

/** Reports a request that was redirected more than `limit` times; the last redirect was not followed. */
export class TooManyRedirectsError extends ToolRefusal {
  readonly code = 'too_many_redirects';
  constructor(url: string, limit: number) {
    super(`${url} redirects more than ${limit} times.`);
  }
}

/** Refuses a call whose arguments name a sealed secret that the configuration no longer has; the tool was not run. */
export class UnknownSecretError extends ToolRefusal {
  readonly code = 'unknown_secret';
  constructor() {
    super(
      'The arguments have the name of a secret ("[secret …]") that is no longer in the configuration; nothing was done. Use the present secret by the name of its variable.',
    );
  }
}
