import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** One line of the report: a number, what it is compared with in the same run, and the aim. */
export interface Row {
  what: string;
  value: string;
  against: string;
  ratio: string;
  aim: string;
  met: boolean;
}

export interface Bench {
  name: string;
  run(): Promise<Row[]>;
}

/** Runs `work` in a folder on the disk of this repository, since a temporary folder may be in memory. */
export async function onDisk<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(import.meta.dirname, '..', '.bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}

export const perSecond = (count: number, milliseconds: number) => (count / milliseconds) * 1000;
export const formatRate = (value: number) => `${Math.round(value).toLocaleString('en')}/s`;
export const formatRatio = (value: number) => `${value.toFixed(2)} ×`;
export const formatMillis = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
