import { LOG_LEVELS, type LogLevel } from '../../telemetry/events/define.ts';

/** Filter for log records of `midturn logs`; a record must match every member, and absent members match all. */
export interface LogFilter {
  /** Only records of this session, by its exact id. */
  session?: string;
  /** Minimum level; less important records are left out. */
  level?: LogLevel;
  /** Only records of this moment or later; milliseconds since the epoch. */
  since?: number;
}

/** Checks whether a log line matches the filter. A line that is not a JSON record matches only an empty filter. */
export function passesFilter(line: string, { session, level, since }: LogFilter): boolean {
  if (session === undefined && level === undefined && since === undefined) return true;
  const record = parseRecord(line);
  if (!record) return false;
  if (session !== undefined && record.session !== session) return false;
  if (level !== undefined && !isAtLeast(record.level, level)) return false;
  return since === undefined || Date.parse(String(record.time)) >= since;
}

function isAtLeast(found: unknown, wanted: LogLevel): boolean {
  return LOG_LEVELS.slice(LOG_LEVELS.indexOf(wanted)).some((each) => each === found);
}

function parseRecord(line: string): { session?: unknown; level?: unknown; time?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
