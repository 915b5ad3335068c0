import { toOneLine } from '../../../terminal/text.ts';

/** A typed line, parsed: a message, a command with its arguments, nothing, or an unknown command. */
export type TypedLine =
  | { kind: 'say'; text: string; mode: 'steer' | 'queue' }
  | { kind: 'approve'; id?: string; scope: 'once' | 'always' }
  | { kind: 'show'; id?: string }
  | { kind: 'attach'; path: string }
  | { kind: 'deny'; words: string }
  | { kind: 'new'; agent?: string }
  | { kind: 'open'; session: string }
  | { kind: 'quit' | 'status' | 'cost' | 'sessions' }
  | { kind: 'cancel' | 'help' | 'nothing' }
  | { kind: 'unknown'; command: string };

export function parseLine(typed: string): TypedLine {
  const text = typed.trim();
  if (text === '') return { kind: 'nothing' };
  if (!text.startsWith('/')) return { kind: 'say', text, mode: 'steer' };
  if (text.startsWith('//')) return { kind: 'say', text: text.slice(1), mode: 'steer' };
  return parseCommand(text);
}

function parseCommand(text: string): TypedLine {
  const [command = '', ...words] = text.split(' ');
  const rest = words.join(' ').trim();
  const read = COMMANDS.get(command);
  return read?.(rest) ?? { kind: 'unknown', command };
}

/** Parsers of the slash commands by name; a parser returns `undefined` when a required argument is missing. */
const COMMANDS: ReadonlyMap<string, (rest: string) => TypedLine | undefined> = new Map<
  string,
  (rest: string) => TypedLine | undefined
>([
  ['/queue', (text) => (text === '' ? undefined : { kind: 'say', text, mode: 'queue' })],
  ['/file', (path) => (path === '' ? undefined : { kind: 'attach', path: unquote(path) })],
  ['/approve', (id) => parseApproval(id, 'once')],
  ['/always', (id) => parseApproval(id, 'always')],
  ['/show', (id) => (id === '' ? { kind: 'show' } : { kind: 'show', id })],
  ['/deny', (words) => ({ kind: 'deny', words })],
  ['/new', (agent) => (agent === '' ? { kind: 'new' } : { kind: 'new', agent })],
  ['/open', (session) => (session === '' ? undefined : { kind: 'open', session })],
  ['/sessions', () => ({ kind: 'sessions' })],
  ['/cost', () => ({ kind: 'cost' })],
  ['/status', () => ({ kind: 'status' })],
  ['/cancel', () => ({ kind: 'cancel' })],
  ['/help', () => ({ kind: 'help' })],
  ['/quit', () => ({ kind: 'quit' })],
  ['/exit', () => ({ kind: 'quit' })],
]);

/** Removes the quotes around a path, which a terminal adds when a file is dropped on it. */
function unquote(path: string): string {
  return /^'.*'$|^".*"$/.test(path) ? path.slice(1, -1) : path;
}

function parseApproval(id: string, scope: 'once' | 'always'): TypedLine {
  return id === '' ? { kind: 'approve', scope } : { kind: 'approve', id, scope };
}

export const CHAT_HELP = [
  'Messages that you send while the agent works join its running turn.',
  '/queue <text>  send a message that waits for its own turn',
  '/file <path>   attach a file to the next message; repeat it for several files',
  '/approve       approve the waiting call, or answer the question of a tool; add its id when several wait',
  '/show          show the waiting call or question in full; add its id when several wait; else the last tool call',
  '/always        approve, and allow matching calls from now on in every session of the agent',
  '/deny <why>    deny the waiting call; the agent sees the reason',
  '/cancel        stop the running turn; Ctrl-C does the same',
  '/status        show what the session and the daemon are doing',
  '/cost          show what the model calls of the session used and cost',
  '/sessions      list the most recently changed sessions',
  '/new <agent>   start a new session with this agent, or with the default one',
  '/open <id>     continue another session',
  '/quit          quit; the work continues (also Ctrl-D, or Ctrl-C twice)',
  '//text         send a message that starts with a slash',
  'To write several lines, paste them, or end a line with Alt-Enter, Ctrl-J or a backslash.',
];

/** Describes why a command was not executed: it does not exist, or its required argument is missing. */
export function describeUnknownCommand(command: string): string {
  const known = CHAT_HELP.find((help) => help.startsWith(`${command} `));
  if (known === undefined) return `Unknown command ${toOneLine(command, 40)}; type /help for the list.`;
  return `${command} needs an argument, so nothing was sent. ${known.replace(/\s{2,}/, ': ')}.`;
}
