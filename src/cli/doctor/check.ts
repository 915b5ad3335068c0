/** Result of one doctor check: a line of the report, and an element of its JSON. */
export interface Check {
  name: string;
  state: 'ok' | 'warn' | 'fail';
  /** What the check found, such as a version, a path or an error. */
  found: string;
  /** What the operator should do next; absent when nothing needs fixing. */
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
