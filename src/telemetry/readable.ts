/**
 * Formats a JSON log record as one line for operators: time, level, message, then the other fields; stack traces
 * follow on lines of their own. Text that is no record is returned as it is.
 */
export function readable(line: string): string {
  const record = parse(line);
  if (!record) return line;
  const { time, level, msg, ...fields } = record;
  const stacks: string[] = [];
  const words = Object.entries(fields).map(([name, value]) => `${name}=${word(value, stacks)}`);
  const head = [String(time), String(level).padEnd(5), plain(String(msg ?? '')), ...words]
    .join(' ')
    .trimEnd();
  return `${[head, ...stacks].join('\n')}\n`;
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function word(value: unknown, stacks: string[]): string {
  if (typeof value === 'string') return /^[\w./:@+-]+$/.test(value) ? value : plain(JSON.stringify(value));
  if (typeof value !== 'object' || value === null) return String(value);
  const { stack, message }: { stack?: unknown; message?: unknown } = value;
  if (typeof stack !== 'string') return plain(JSON.stringify(value));
  stacks.push(...stack.split('\n').map((each) => `    ${plain(each)}`));
  return plain(JSON.stringify(message));
}

/** Escapes control characters, because text from outside must not move the cursor of the operator's terminal. */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
