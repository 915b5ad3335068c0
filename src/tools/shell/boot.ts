import { readFile } from 'node:fs/promises';

/** Names the current boot of the machine; empty where the system does not tell. */
export async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim();
}

/** Milliseconds on a clock that nobody can set and that all processes of one boot share. */
export function uptime(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
