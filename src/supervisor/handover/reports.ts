import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Home } from '../../util/home.ts';
import { replaceFileSync } from '../../util/replace-file.ts';
import type { HandoverReport } from '../ipc/messages.ts';

/** Number of reports that are kept in the home; older ones are removed when a handover has ended. */
const KEPT_REPORTS = 200;

/**
 * Stores the handover reports of a home, one file each in `<home>/state/handovers`. Only the supervisor writes,
 * while it holds the lock of the home; any process may read. Throws the errors of the file system.
 */
export class HandoverReportStore {
  readonly #home: Home;
  #lastId: number;

  constructor(home: Home) {
    this.#home = home;
    this.#lastId = Math.max(0, ...listIds(home));
  }

  /** The highest id of a stored report; 0 when there is none. Ids count up and survive restarts of the daemon. */
  get lastId(): number {
    return this.#lastId;
  }

  /**
   * Reads the newest report of a handover; reports of a daemon's start are skipped. Returns null when no report is
   * readable.
   */
  readLatest(): HandoverReport | null {
    for (const report of iterateNewestFirst(this.#home)) if (report.cause !== 'start') return report;
    return null;
  }

  writeReport(report: HandoverReport): void {
    this.#lastId = Math.max(this.#lastId, Number(report.id));
    mkdirSync(folderOf(this.#home), { recursive: true, mode: 0o700 });
    replaceFileSync(fileOf(this.#home, report.id), `${JSON.stringify(report)}\n`);
    if (report.phase === 'done' || report.phase === 'failed') this.#pruneReports();
  }

  /**
   * Marks the unfinished reports of a killed supervisor as failed. `at` is the current time in ms since the epoch.
   */
  closeUnfinished(at: number): void {
    for (const report of listHandoverReports(this.#home)) {
      if (report.phase === 'done' || report.phase === 'failed') continue;
      const failure = report.failure ?? 'the supervisor ended before the handover was done';
      const phases = [...report.phases, { phase: 'failed', at }];
      this.writeReport({ ...report, phase: 'failed', phases, failure });
    }
  }

  /** Removes reports beyond the limit, and temporary files that a killed supervisor left behind while it wrote. */
  #pruneReports(): void {
    const folder = folderOf(this.#home);
    for (const name of readdirSync(folder)) {
      const isOld = (parseFileName(name) ?? this.#lastId) <= this.#lastId - KEPT_REPORTS;
      if (isOld || name.endsWith('.tmp')) rmSync(join(folder, name), { force: true });
    }
  }
}

/** Lists the readable handover reports of a home, the newest first. */
export function listHandoverReports(home: Home): HandoverReport[] {
  return [...iterateNewestFirst(home)];
}

/**
 * Iterates over the reports from the newest to the oldest; each file is read only when the iteration reaches it.
 */
function* iterateNewestFirst(home: Home): Generator<HandoverReport> {
  for (const id of listIds(home).sort((a, b) => b - a)) {
    const report = readHandoverReport(home, String(id));
    if (report) yield report;
  }
}

/**
 * Reads the report of one handover. Returns undefined when there is no report of this id, or when this release
 * cannot read it.
 */
export function readHandoverReport(home: Home, id: string): HandoverReport | undefined {
  if (!ID.test(id)) return undefined;
  try {
    return reportSchema.safeParse(JSON.parse(readFileSync(fileOf(home, id), 'utf8'))).data;
  } catch {
    return undefined;
  }
}

const ID = /^[1-9]\d{0,14}$/;

function parseFileName(name: string): number | undefined {
  const id = /^(.*)\.json$/.exec(name)?.[1] ?? '';
  return ID.test(id) ? Number(id) : undefined;
}

function listIds(home: Home): number[] {
  try {
    return readdirSync(folderOf(home)).flatMap((name) => parseFileName(name) ?? []);
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

const reportSchema = z.object({
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
