import { oneLine } from '../../../terminal/text.ts';

/** What a typed line means. */
export type Typed =
  | { kind: 'say'; text: string; mode: 'steer' | 'queue' }
  | { kind: 'approve'; id?: string; scope: 'once' | 'always' }
  | { kind: 'show'; id?: string }
  | { kind: 'deny'; words: string }
  | { kind: 'new'; agent?: string }
  | { kind: 'open'; session: string }
  | { kind: 'quit' | 'status' | 'sessions' }
  | { kind: 'cancel' | 'help' | 'nothing' }
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
  const read = COMMANDS.get(command);
  return read?.(rest) ?? { kind: 'unknown', command };
}

/** Each command with what it means; undefined where it needs words and has none. */
const COMMANDS: ReadonlyMap<string, (rest: string) => Typed | undefined> = new Map<
  string,
  (rest: string) => Typed | undefined
>([
  ['/queue', (text) => (text === '' ? undefined : { kind: 'say', text, mode: 'queue' })],
  ['/approve', (id) => approve(id, 'once')],
  ['/always', (id) => approve(id, 'always')],
  ['/show', (id) => (id === '' ? { kind: 'show' } : { kind: 'show', id })],
  ['/deny', (words) => ({ kind: 'deny', words })],
  ['/new', (agent) => (agent === '' ? { kind: 'new' } : { kind: 'new', agent })],
  ['/open', (session) => (session === '' ? undefined : { kind: 'open', session })],
  ['/sessions', () => ({ kind: 'sessions' })],
  ['/status', () => ({ kind: 'status' })],
  ['/cancel', () => ({ kind: 'cancel' })],
  ['/help', () => ({ kind: 'help' })],
  ['/quit', () => ({ kind: 'quit' })],
  ['/exit', () => ({ kind: 'quit' })],
]);

function approve(id: string, scope: 'once' | 'always'): Typed {
  return id === '' ? { kind: 'approve', scope } : { kind: 'approve', id, scope };
}

export const HELP = [
  'What you type while the agent works joins its running turn.',
  '/queue <text>  say it after the running turn',
  '/approve       let the call run that waits for an approval, or answer what a tool asks; with an id when several wait',
  '/show          show everything that such a question is about, with an id when several wait; else the last tool call',
  '/always        the same, and calls like it from now on, in every session of the agent',
  '/deny <why>    keep it from running; the agent is told why',
  '/cancel        stop the running turn; Ctrl-C does the same',
  '/status        what the session and the daemon are doing',
  '/sessions      the sessions that changed last',
  '/new <agent>   begin another session, with this agent or the default one',
  '/open <id>     continue another session',
  '/quit          leave; the work continues (also Ctrl-D, or Ctrl-C twice)',
  '//text         say something that begins with a slash',
  'A message of several lines: paste it, or end a line with Alt-Enter, Ctrl-J or a backslash.',
];

/** What to say of a command that is not there, or was typed without the text that it needs. */
export function describeUnknown(command: string): string {
  const known = HELP.find((help) => help.startsWith(`${command} `));
  if (known === undefined) return `There is no ${oneLine(command, 40)}; /help tells what there is.`;
  return `${command} is not complete, so nothing was sent. ${known.replace(/\s{2,}/, ': ')}.`;
}
