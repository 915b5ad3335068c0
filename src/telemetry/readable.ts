/**
 * Formats a JSON log record as one line for operators: time, level, message, then the other fields; stack traces
 * follow on lines of their own. Text that is no record is returned as it is.
 */
export function formatRecord(line: string): string {
  const record = parseRecord(line);
  if (!record) return line;
  const { time, level, msg, ...fields } = record;
  const stacks: string[] = [];
  const words = Object.entries(fields).map(([name, value]) => `${name}=${formatValue(value, stacks)}`);
  const head = [String(time), String(level).padEnd(5), escapeControls(String(msg ?? '')), ...words]
    .join(' ')
    .trimEnd();
  return `${[head, ...stacks].join('\n')}\n`;
}

function parseRecord(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function formatValue(value: unknown, stacks: string[]): string {
  if (typeof value === 'string')
    return /^[\w./:@+-]+$/.test(value) ? value : escapeControls(JSON.stringify(value));
  if (typeof value !== 'object' || value === null) return String(value);
  const { stack, message }: { stack?: unknown; message?: unknown } = value;
  if (typeof stack !== 'string') return escapeControls(JSON.stringify(value));
  stacks.push(...stack.split('\n').map((each) => `    ${escapeControls(each)}`));
  return escapeControls(JSON.stringify(message));
}

/** Escapes control characters, because text from outside must not move the cursor of the operator's terminal. */
function escapeControls(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
