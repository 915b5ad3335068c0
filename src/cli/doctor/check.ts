/** One line of the doctor's report. */
export interface Check {
  name: string;
  state: 'ok' | 'warn' | 'fail';
  /** What was found. */
  found: string;
  /** What to do about it; absent when nothing. */
  next?: string;
}

export function ok(name: string, found: string): Check {
  return { name, state: 'ok', found };
}

export function warn(name: string, found: string, next: string): Check {
  return { name, state: 'warn', found, next };
}

export function fail(name: string, found: string, next: string): Check {
  return { name, state: 'fail', found, next };
}
