/** The records that `midturn logs` prints; absent members filter nothing. */
export interface LogFilter {
  /** Only records of this session. */
  session?: string;
  /** The least important level. */
  level?: LogLevel;
  /** Only records of this moment or later; milliseconds since the epoch. */
  since?: number;
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Whether a line of the log passes. A line that is no JSON record passes only where nothing is filtered. */
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
