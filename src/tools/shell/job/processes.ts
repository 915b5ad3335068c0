import { readdir, readFile } from 'node:fs/promises';

/**
 * Finds the processes of a job. This variable marks each of them: its value is the job's key, and children
 * inherit it.
 */
export const MARKER = 'MIDTURN_JOB';

export interface ProcessInfo {
  pid: number;
  /** Name of the program, as the kernel abbreviates it. */
  name: string;
  parent: number;
  group: number;
  /** Start time in clock ticks since boot; together with the pid it identifies a process uniquely within a boot. */
  start: string;
}

/**
 * Reads a process from /proc; `undefined` when it does not exist or is a zombie that waits for its parent.
 * Linux only.
 */
export async function readProcessInfo(pid: number): Promise<ProcessInfo | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  const nameEnd = stat.lastIndexOf(')');
  const [state, parent, group, ...rest] = stat.slice(nameEnd + 2).split(' ');
  if (!state || state === 'Z' || state === 'X') return undefined;
  const name = stat.slice(stat.indexOf('(') + 1, nameEnd);
  return { pid, name, parent: Number(parent), group: Number(group), start: rest[START_FIELD] ?? '' };
}

/** Index of the start time (field 22 of the line) among the fields after the process group. */
const START_FIELD = 16;

/**
 * Finds every process of a job: the marked ones, those in `group` (which may have cleared their environment),
 * and the children of both. A process that clears its environment, leaves the group and loses its parent cannot
 * be found without a container. Returns none on systems without /proc.
 */
export async function listJobProcesses(key: string, group?: number): Promise<ProcessInfo[]> {
  const entries = await readdir('/proc').catch(() => []);
  const found: ProcessInfo[] = [];
  const others: ProcessInfo[] = [];
  for (const entry of entries) {
    const info = /^[0-9]+$/.test(entry) ? await readProcessInfo(Number(entry)) : undefined;
    if (!info || info.pid === process.pid) continue;
    const mine = info.group === group || (await isMarked(info.pid, key));
    (mine ? found : others).push(info);
  }
  return addChildren(found, others);
}

async function isMarked(pid: number, key: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  return `\0${environment}`.includes(`\0${MARKER}=${key}\0`);
}

function addChildren(found: ProcessInfo[], others: ProcessInfo[]): ProcessInfo[] {
  const family = new Map(found.map((info) => [info.pid, info]));
  for (let grown = true; grown; ) {
    const children = others.filter(({ pid, parent }) => family.has(parent) && !family.has(pid));
    for (const child of children) family.set(child.pid, child);
    grown = children.length > 0;
  }
  return [...family.values()];
}

export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // The process has ended in the meantime.
  }
}
