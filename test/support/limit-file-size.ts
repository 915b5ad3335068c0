import { execFileSync } from 'node:child_process';

/** Stands for a full disk: the system refuses to let a file of that process grow beyond it. Linux only. */
export function limitFileSize(pid: number, bytes: string): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);
}
