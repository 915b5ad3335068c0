import { randomBytes } from 'node:crypto';
import { createInterface, type Interface } from 'node:readline';
import { NotSentError } from '../../errors/cli.ts';
import { ExitCode, MidturnError } from '../../errors/errors.ts';
import { ApiError } from '../../errors/http.ts';
import { type Client, connect } from '../../protocol/client/client.ts';
import { Chat, type Joined } from '../chat/chat.ts';
import { lastMessages, type Message } from '../chat/history.ts';
import { describeUnknown, HELP, readLine } from '../chat/line.ts';
import { line, type Piece } from '../chat/piece.ts';
import { PlainScreen, type Screen } from '../chat/screen.ts';
import { TerminalScreen } from '../chat/terminal.ts';
import type { Cli } from '../context.ts';
import { oneLine } from '../text.ts';
import { nameOr } from '../who.ts';

/** Messages of an existing session that are shown on entry. */
const HISTORY = 6;

export async function chat(
  { target }: Cli,
  chosen: string | undefined,
  options: { agent?: string; from?: string },
): Promise<void> {
  const client = connect(target);
  const session = chosen ?? newSessionName(new Date());
  const past = await findPast(client, session);
  const interactive = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const readline = createInterface({
    input: process.stdin,
    ...(interactive ? { output: process.stdout, prompt: '› ' } : {}),
    terminal: interactive,
  });
  const screen = interactive ? new TerminalScreen(readline, process.stdout) : new PlainScreen();
  const conversation = new Chat({
    client,
    session,
    show: (pieces) => screen.show(pieces),
    decider: nameOr(options.from, target),
    ...options,
  });
  if (interactive || chosen === undefined) screen.show([line('dim', `session ${session}; /help tells more`)]);
  screen.show(past?.pieces ?? []);
  const following = conversation.follow(past);
  following.catch(() => readline.close());
  await listen(readline, screen, conversation, interactive);
  conversation.leave();
  await following.finally(() => screen.close());
  judge(conversation, interactive);
}

/** Resolves when the person has left, or at the end of input when everything is answered. */
async function listen(
  readline: Interface,
  screen: Screen,
  conversation: Chat,
  interactive: boolean,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let interrupts = 0;
  readline.on('line', (typed) => {
    interrupts = 0;
    if (screen instanceof TerminalScreen) screen.typed();
    if (act(typed, screen, conversation) === 'quit') resolve();
  });
  readline.on('SIGINT', () => {
    interrupts += 1;
    if (interrupts > 1) return resolve();
    if (conversation.busy) conversation.cancel();
    screen.show([
      line('dim', conversation.busy ? '… cancelling; Ctrl-C again leaves' : 'Ctrl-C again leaves'),
    ]);
  });
  readline.on('close', () => void (interactive ? Promise.resolve() : conversation.answered()).then(resolve));
  await promise;
  readline.close();
}

function act(typed: string, screen: Screen, conversation: Chat): 'quit' | 'stay' {
  if (conversation.interviewing && !typed.startsWith('/')) {
    conversation.fill(typed);
    return 'stay';
  }
  const meant = readLine(typed);
  if (meant.kind === 'quit') return 'quit';
  if (meant.kind === 'say') conversation.say(meant.text, meant.mode);
  if (meant.kind === 'cancel') conversation.cancel();
  if (meant.kind === 'approve') conversation.approve(meant.scope, meant.id);
  if (meant.kind === 'show') conversation.showQuestion(meant.id);
  if (meant.kind === 'deny') conversation.deny(meant.words);
  if (meant.kind === 'help') screen.show(HELP.map((text) => line('dim', text)));
  if (meant.kind === 'unknown') screen.show([line('dim', describeUnknown(meant.command))]);
  return 'stay';
}

/** What to show of the session and where to go on; null when it does not exist yet. */
async function findPast(client: Client, session: string): Promise<(Joined & { pieces: Piece[] }) | null> {
  try {
    const view = await client.session(session);
    const messages = await lastMessages(client, view, HISTORY);
    return {
      after: messages.at(-1)?.seq ?? 0,
      calls: messages.flatMap(({ calls }) => calls ?? []),
      running: view.turn !== null,
      approvals: view.approvals,
      pieces: messages.flatMap(pieceOf),
    };
  } catch (error) {
    if (error instanceof ApiError && error.code === 'session_not_found') return null;
    throw error;
  }
}

function pieceOf({ role, text, tool, calls }: Message): Piece[] {
  if (role === 'user') return [line('bold', `› ${text}`)];
  if (role !== 'assistant')
    return [line('dim', `${role === 'tool' ? `← ${tool ?? 'tool'}` : '…'} ${oneLine(text, 80)}`)];
  const said = text === '' ? [] : [line('plain', text)];
  return [...said, ...(calls ?? []).map((call) => line('dim', `→ ${call.tool}`))];
}

/** To a script, a message without an answer is a failure; a person has seen it. */
function judge({ unsent, failure }: Chat, interactive: boolean): void {
  if (unsent > 0) throw new NotSentError(unsent);
  if (interactive) return;
  if (failure instanceof MidturnError) process.exitCode = failure.exitCode;
  else if (failure !== null) process.exitCode = ExitCode.failed;
}

function newSessionName(now: Date): string {
  const time = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  return `chat/${time}-${randomBytes(2).toString('hex')}`;
}
