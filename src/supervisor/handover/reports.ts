import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Home } from '../../util/home.ts';
import { replaceFile } from '../../util/replace-file.ts';
import type { HandoverReport } from '../ipc/messages.ts';

/** How many reports are kept. */
const KEEP = 200;

/**
 * The reports of a home's handovers, one file each in `<home>/state/handovers`. Only the supervisor writes, while it
 * holds the home's lock; everybody may read. Throws what the file system says.
 */
export class HandoverReports {
  readonly #home: Home;
  #last: number;

  constructor(home: Home) {
    this.#home = home;
    this.#last = Math.max(0, ...idsOf(home));
  }

  /** Ids count up, over restarts of the daemon too. */
  nextId(): string {
    this.#last += 1;
    return String(this.#last);
  }

  /** The newest one of a handover, which a daemon's start is not; null when there is none that can be read. */
  last(): HandoverReport | null {
    for (const report of newestFirst(this.#home)) if (report.cause !== 'start') return report;
    return null;
  }

  write(report: HandoverReport): void {
    mkdirSync(folderOf(this.#home), { recursive: true, mode: 0o700 });
    replaceFile(fileOf(this.#home, report.id), `${JSON.stringify(report)}\n`);
    if (report.phase === 'done' || report.phase === 'failed') this.#prune();
  }

  /** A supervisor that was killed could not finish its reports. */
  closeUnfinished(at: number): void {
    for (const report of listHandovers(this.#home)) {
      if (report.phase === 'done' || report.phase === 'failed') continue;
      const failure = report.failure ?? 'the supervisor ended before the handover was done';
      const phases = [...report.phases, { phase: 'failed', at }];
      this.write({ ...report, phase: 'failed', phases, failure });
    }
  }

  /** What a supervisor that was killed while it wrote left behind goes as well. */
  #prune(): void {
    const folder = folderOf(this.#home);
    for (const name of readdirSync(folder)) {
      const isOld = (idIn(name) ?? this.#last) <= this.#last - KEEP;
      if (isOld || name.endsWith('.tmp')) rmSync(join(folder, name), { force: true });
    }
  }
}

/** The newest first. */
export function listHandovers(home: Home): HandoverReport[] {
  return [...newestFirst(home)];
}

/** Each is read when it is asked for. */
function* newestFirst(home: Home): Generator<HandoverReport> {
  for (const id of idsOf(home).sort((a, b) => b - a)) {
    const report = readHandover(home, String(id));
    if (report) yield report;
  }
}

/** Undefined when there is none of this id, or none that this release can read. */
export function readHandover(home: Home, id: string): HandoverReport | undefined {
  if (!ID.test(id)) return undefined;
  try {
    return report.safeParse(JSON.parse(readFileSync(fileOf(home, id), 'utf8'))).data;
  } catch {
    return undefined;
  }
}

const ID = /^[1-9]\d{0,14}$/;

function idIn(name: string): number | undefined {
  const id = /^(.*)\.json$/.exec(name)?.[1] ?? '';
  return ID.test(id) ? Number(id) : undefined;
}

function idsOf(home: Home): number[] {
  try {
    return readdirSync(folderOf(home)).flatMap((name) => idIn(name) ?? []);
  } catch {
    return [];
  }
}

function folderOf(home: Home): string {
  return join(home.state, 'handovers');
}

function fileOf(home: Home, id: string): string {
  return join(folderOf(home), `${id}.json`);
}

const report = z.object({
  id: z.string(),
  cause: z.enum(['start', 'config', 'restart', 'upgrade', 'signal', 'crash', 'stop']),
  reason: z.string(),
  phase: z.enum(['wanted', 'booting', 'ready', 'serving', 'draining', 'done', 'failed']),
  phases: z.array(z.object({ phase: z.string(), at: z.number() })),
  from: z.number().nullable(),
  to: z.number().nullable(),
  revision: z.object({ from: z.number().nullable(), to: z.number() }),
  keys: z.array(z.string()),
  failure: z.string().nullable(),
  sessions: z.array(
    z.object({
      session: z.string(),
      state: z.enum(['running', 'parked', 'moved', 'cut']),
      holding: z.array(z.string()),
      after: z.number().nullable(),
      resumedAfter: z.number().nullable(),
    }),
  ),
});
