import type { ShellWord } from './command-words.ts';

/**
 * Checks whether the command runs what it reads from elsewhere, or changes the meaning of names; then nothing is
 * known about what it does.
 */
export function runsAnything(command: readonly ShellWord[]): boolean {
  return command.some(({ text, mayBegin }) => {
    const name = baseName(text);
    return INTERPRETERS.has(name) || (mayBegin && INTERPRETING_BUILTINS.has(name));
  });
}

/** Checks whether the command runs what its arguments say, as `env` and `timeout` do. */
export function runsArguments(command: readonly ShellWord[]): boolean {
  return command.some(({ text }) => WRAPPERS.has(baseName(text)));
}

function baseName(text: string): string {
  return text.slice(text.lastIndexOf('/') + 1);
}

const INTERPRETERS: ReadonlySet<string> = namesIn(
  'sh bash rbash dash ash zsh ksh mksh csh tcsh fish busybox toybox xargs parallel fd su sudo doas runuser chroot nsenter unshare script ssh watch',
);

/** Builtins that interpret text, but only as the name of a command: the `.` in `git add .` is not one. */
const INTERPRETING_BUILTINS: ReadonlySet<string> = namesIn(
  '. source eval trap alias hash enable compgen complete',
);

const WRAPPERS: ReadonlySet<string> = namesIn(
  'builtin chrt command coproc env exec find flock ionice ltrace mapfile nice nohup readarray setsid stdbuf strace taskset time timeout',
);

function namesIn(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}
