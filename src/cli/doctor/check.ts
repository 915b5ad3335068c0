/** Result of one doctor check: a line of the report, and an element of its JSON. */
export interface DoctorCheck {
  name: string;
  state: 'ok' | 'warn' | 'fail';
  /** What the check found, such as a version, a path or an error. */
  found: string;
  /** What the operator should do next; absent when nothing needs fixing. */
  next?: string;
}

export function passCheck(name: string, found: string): DoctorCheck {
  return { name, state: 'ok', found };
}

export function warnCheck(name: string, found: string, next: string): DoctorCheck {
  return { name, state: 'warn', found, next };
}

export function failCheck(name: string, found: string, next: string): DoctorCheck {
  return { name, state: 'fail', found, next };
}
