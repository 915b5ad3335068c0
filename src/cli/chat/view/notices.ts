import type { EndingEntry, NoticeEntry } from '../../../client/conversation/entries.ts';
import { makeLine, type OutputPiece } from '../../../terminal/pieces/piece.ts';
import { toOneLine } from '../../../terminal/text.ts';

const WIDTH = 200;

/** Phrases for restart causes that matter to the user; other causes are not mentioned. */
const RESTART_CAUSES: Record<string, string> = {
  config: ' with a new configuration',
  upgrade: ' with a new release',
  crash: ' after a crash',
};

/** Renders a notice, one line; `now` is in milliseconds since the epoch. Notes for the model are not shown. */
export function renderNotice(entry: NoticeEntry, now: number): OutputPiece[] {
  switch (entry.notice) {
    case 'restart': {
      const what = `the daemon restarted${RESTART_CAUSES[entry.cause] ?? ''}; resuming`;
      return [makeLine('dim', `… ${entry.interrupted ? 'interrupted: ' : ''}${what}`)];
    }
    case 'interruption':
      return [makeLine('dim', `… ${describeInterruption(entry)}`)];
    case 'retry': {
      const what = entry.after ? describeInterruption(entry.after) : 'the model is not available';
      const seconds = Math.max(0, Math.ceil((entry.until - now) / 1000));
      return [makeLine('dim', `… ${what}; trying again ${seconds > 1 ? `in ${seconds} s` : 'now'}`)];
    }
    case 'compaction':
      return [makeLine('dim', '… the older part of the conversation was summarised to fit the model')];
    case 'quarantine':
      return [makeLine('red', `✗ the session is quarantined: ${toOneLine(entry.reason, WIDTH)}`)];
    case 'damage':
      return [makeLine('red', `✗ a record cannot be read: ${toOneLine(entry.reason, WIDTH)}`)];
    case 'unknown':
      return [makeLine('dim', `… ${entry.type} (unknown event; a newer Midturn can show it)`)];
    case 'note':
      return [];
  }
}

function describeInterruption({ what, reason }: { what: 'model' | 'tool'; reason: string }): string {
  return what === 'tool' ? 'a tool call was interrupted' : `interrupted: ${toOneLine(reason, WIDTH)}`;
}

/** Renders the end of a turn; an answered one only ends its line. */
export function renderEnding({ outcome, reason }: EndingEntry): OutputPiece {
  if (outcome === 'answered') return { kind: 'break' };
  const why = reason ?? '';
  const words = why.startsWith(outcome) ? why : [outcome, why].filter(Boolean).join(': ');
  const shown = toOneLine(words, WIDTH);
  return outcome === 'failed' ? makeLine('red', `✗ ${shown}`) : makeLine('dim', `… ${shown}`);
}
