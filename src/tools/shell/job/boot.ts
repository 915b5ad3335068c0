import { readFile } from 'node:fs/promises';

/**
 * Returns the id of the machine's current boot, by which jobs of an earlier boot are recognised; empty where
 * the system does not provide one.
 */
export async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim();
}

/** Returns milliseconds on the monotonic clock, which no user can set and which all processes of one boot share. */
export function readUptime(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
