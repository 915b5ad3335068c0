import { oneLine } from '../text.ts';

/** What a typed line means. */
export type Typed =
  | { kind: 'say'; text: string; mode: 'steer' | 'queue' }
  | { kind: 'approve'; id?: string; scope: 'once' | 'always' }
  | { kind: 'show'; id?: string }
  | { kind: 'deny'; words: string }
  | { kind: 'cancel' | 'help' | 'quit' | 'nothing' }
  | { kind: 'unknown'; command: string };

export function readLine(typed: string): Typed {
  const text = typed.trim();
  if (text === '') return { kind: 'nothing' };
  if (!text.startsWith('/')) return { kind: 'say', text, mode: 'steer' };
  if (text.startsWith('//')) return { kind: 'say', text: text.slice(1), mode: 'steer' };
  return readCommand(text);
}

function readCommand(text: string): Typed {
  const [command = '', ...words] = text.split(' ');
  const rest = words.join(' ').trim();
  if (command === '/queue' && rest !== '') return { kind: 'say', text: rest, mode: 'queue' };
  if (command === '/approve') return approve(rest, 'once');
  if (command === '/always') return approve(rest, 'always');
  if (command === '/show') return rest === '' ? { kind: 'show' } : { kind: 'show', id: rest };
  if (command === '/deny') return { kind: 'deny', words: rest };
  if (command === '/cancel') return { kind: 'cancel' };
  if (command === '/help') return { kind: 'help' };
  if (command === '/quit' || command === '/exit') return { kind: 'quit' };
  return { kind: 'unknown', command };
}

function approve(id: string, scope: 'once' | 'always'): Typed {
  return id === '' ? { kind: 'approve', scope } : { kind: 'approve', id, scope };
}

export const HELP = [
  'What you type while the agent works joins its running turn.',
  '/queue <text>  say it after the running turn',
  '/approve       let the call run that waits for an approval, or answer what a tool asks; with an id when several wait',
  '/show          show everything that such a question is about; with an id when several wait',
  '/always        the same, and calls like it from now on, in every session of the agent',
  '/deny <why>    keep it from running; the agent is told why',
  '/cancel        stop the running turn; Ctrl-C does the same',
  '/quit          leave; the work goes on (also Ctrl-D, or Ctrl-C twice)',
  '//text         say something that begins with a slash',
];

/** What to say of a command that is not there, or was typed without the text that it needs. */
export function describeUnknown(command: string): string {
  const known = HELP.find((help) => help.startsWith(`${command} `));
  if (known === undefined) return `There is no ${oneLine(command, 40)}; /help tells what there is.`;
  return `${command} is not complete, so nothing was sent. ${known.replace(/\s{2,}/, ': ')}.`;
}
