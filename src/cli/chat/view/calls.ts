import type { Conversation } from '../../../client/conversation/conversation.ts';
import type { CallEntry } from '../../../client/conversation/entries.ts';
import { formatFile } from '../../../protocol/content.ts';
import { makeLine, type OutputPiece } from '../../../terminal/pieces/piece.ts';
import { shortenWithCount, toOneLine } from '../../../terminal/text.ts';
import { formatCallLine, formatCallRows, formatTextRows } from '../../approvals/whole-call.ts';

/** Width of a call's arguments and of its result, in columns; the rest is cut. */
const WIDTH = 80;

/** Renders the request of a call, one dim line; nothing when the request was not seen. */
export function renderRequest({ tool, input }: CallEntry): OutputPiece[] {
  if (tool === null) return [];
  const shown = shortenWithCount(formatCallLine(input), WIDTH);
  return [makeLine('dim', `→ ${tool} ${shown}`.trimEnd())];
}

/** Renders the end of a call, one dim line; nothing while it runs. */
export function renderEnd({ state, tool, result, files }: CallEntry): OutputPiece[] {
  const name = tool ?? 'tool';
  const text = result ?? '';
  switch (state) {
    case 'finished':
    case 'failed': {
      const lines = text.trimEnd().split('\n').length;
      const more = lines > 1 ? ` (${lines} lines)` : '';
      const mark = state === 'failed' ? '✗' : '←';
      const first = text.trimStart().split('\n', 1)[0] ?? '';
      const shown = makeLine('dim', `${mark} ${name}: ${toOneLine(first, WIDTH)}${more}`);
      return [shown, ...files.map((file) => makeLine('dim', `  ${formatFile(file)}`))];
    }
    case 'refused':
      return [makeLine('dim', `✗ ${name} was not run: ${toOneLine(text, WIDTH * 2)}`)];
    case 'unknown':
      return [makeLine('dim', `? ${describeUnknown(name, result)}`)];
    default:
      return [];
  }
}

function describeUnknown(tool: string, reason: string | null): string {
  return reason === null
    ? `${tool} was interrupted: its outcome is unknown, and it is not retried automatically`
    : `${tool}: its outcome is unknown, because the session it ran in is quarantined: ${toOneLine(reason, WIDTH * 2)}`;
}

/** Renders the call that finished last, with its complete arguments and result. */
export function renderLastCall({ entries }: Conversation): OutputPiece[] {
  const [last] = entries
    .filter((entry) => entry.kind === 'call')
    .filter(hasOutput)
    .sort((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0));
  if (!last) return [makeLine('dim', 'No tool call has finished since you joined.')];
  const { tool, input, result } = last;
  const rows = [
    `→ ${tool ?? 'a tool'}`,
    ...formatCallRows(input),
    '←',
    ...formatTextRows((result ?? '').trimEnd()),
  ];
  return rows.map((row) => makeLine('dim', row));
}

function hasOutput({ state }: CallEntry): boolean {
  return state === 'finished' || state === 'failed';
}
