import { randomBytes } from 'node:crypto';
import { createInterface, type Interface } from 'node:readline';
import { connect } from '../../client/client.ts';
import { NotSentError } from '../../errors/cli.ts';
import { ExitCode, MidturnError } from '../../errors/errors.ts';
import { Prose } from '../../terminal/markdown/prose.ts';
import { line } from '../../terminal/pieces/piece.ts';
import { styled } from '../../terminal/style.ts';
import type { Cli } from '../kit/context.ts';
import { nameOr } from '../kit/who.ts';
import { readHeader, recentSessions, sessionStatus } from './about.ts';
import { act, type Wanted } from './act.ts';
import { Chat, type ChatOptions } from './chat.ts';
import { Keyboard } from './input/keyboard.ts';
import { BRACKETED_PASTE, LINE_BREAK, TypedInput } from './input/typed-input.ts';
import { findPast } from './past.ts';
import { PlainScreen, type Screen } from './screen/screen.ts';
import { TerminalScreen } from './screen/terminal.ts';

const PROMPT = '› ';
/** Prompt for the next line of a message that continues after a line break. */
const MORE = '… ';

/** Input and output of the chat: keyboard, screen, and whether they are an interactive terminal. */
interface Desk {
  readline: Interface;
  keyboard: Keyboard;
  screen: Screen;
  interactive: boolean;
}

export async function chat(
  { target }: Cli,
  chosen: string | undefined,
  options: { agent?: string; from?: string },
): Promise<void> {
  const client = connect(target);
  const desk = process.stdin.isTTY === true && process.stdout.isTTY === true ? openDesk() : plainDesk();
  const { from } = options;
  let next: { session: string; agent?: string | undefined } | null = {
    session: chosen ?? newSessionName(new Date()),
    agent: options.agent,
  };
  let named = chosen !== undefined;
  try {
    while (next) {
      const { session, agent } = next;
      const conversation = { client, session, ...(agent ? { agent } : {}), ...(from ? { from } : {}) };
      const wanted = await converse(desk, { ...conversation, decider: nameOr(from, target) }, named);
      next = nextSession(wanted);
      named = true;
    }
  } finally {
    desk.screen.close();
    desk.readline.close();
  }
}

/** Runs one conversation and resolves with the user's next action. Rejects when the daemon refuses the session. */
async function converse(desk: Desk, options: Omit<ChatOptions, 'show'>, named: boolean): Promise<Wanted> {
  const { screen, interactive } = desk;
  const { client, session, agent } = options;
  const past = await findPast(client, session);
  const conversation = new Chat({ ...options, show: (pieces) => screen.show(pieces) });
  if (interactive) screen.show(await readHeader(client, session, past?.agent ?? agent));
  else if (!named) screen.show([line('dim', `session ${session}; type /help for commands`)]);
  screen.show(past?.pieces ?? []);
  const following = conversation.follow(past);
  following.catch(() => desk.readline.close());
  const wanted = await listen(desk, options, conversation);
  conversation.leave();
  await following;
  judge(conversation, interactive);
  return wanted;
}

/** Handles typed lines until one of them leaves the conversation, or until the input ends and every message is answered. */
async function listen(
  { readline, keyboard, screen, interactive }: Desk,
  { client, session }: Omit<ChatOptions, 'show'>,
  conversation: Chat,
): Promise<Wanted> {
  const { promise, resolve } = Promise.withResolvers<Wanted>();
  let interrupts = 0;
  const message = new MessageLines(readline, interactive);
  const want = (wanted: Wanted) => {
    keyboard.leave();
    resolve(wanted);
  };
  keyboard.listen({
    line(typed) {
      interrupts = 0;
      if (screen instanceof TerminalScreen) screen.typed();
      const whole = message.add(typed);
      if (whole === null) return;
      const wanted = act(whole, screen, conversation);
      if (wanted.kind === 'status') void sessionStatus(client, session).then((shown) => screen.show(shown));
      else if (wanted.kind === 'sessions')
        void recentSessions(client, Date.now()).then((all) => screen.show(all));
      else if (wanted.kind !== 'stay') want(wanted);
    },
    interrupt() {
      interrupts += 1;
      if (interrupts > 1) return want({ kind: 'quit' });
      if (conversation.busy) conversation.cancel();
      screen.show([
        line(
          'dim',
          conversation.busy ? '… cancelling; press Ctrl-C again to quit' : 'press Ctrl-C again to quit',
        ),
      ]);
    },
    close() {
      void (interactive ? Promise.resolve() : conversation.answered()).then(() => want({ kind: 'quit' }));
    },
  });
  return promise;
}

/** Joins typed lines into messages: a trailing backslash continues a message on the next line. */
class MessageLines {
  readonly #readline: Interface;
  readonly #interactive: boolean;
  #before = '';

  constructor(readline: Interface, interactive: boolean) {
    this.#readline = readline;
    this.#interactive = interactive;
  }

  /** Adds a line and returns the complete message, or null while a trailing backslash asks for another line. */
  add(typed: string): string | null {
    if (!this.#interactive) return typed;
    const whole = this.#before + typed.replaceAll(LINE_BREAK, '\n');
    const continues = whole.endsWith('\\');
    this.#before = continues ? `${whole.slice(0, -1)}\n` : '';
    this.#readline.setPrompt(continues ? MORE : PROMPT);
    if (continues) this.#readline.prompt();
    return continues ? null : whole;
  }
}

function openDesk(): Desk {
  const input = new TypedInput(process.stdin);
  const readline = createInterface({ input, output: process.stdout, prompt: PROMPT, terminal: true });
  // One column stays free, because the terminal moves to the next row when a row is exactly full.
  const columns = () => Math.max(20, (process.stdout.columns || 80) - 1);
  const screen = new TerminalScreen(readline, process.stdout, new Prose({ columns, paint: styled }));
  process.stdout.write(BRACKETED_PASTE.on);
  const off = () => process.stdout.write(BRACKETED_PASTE.off);
  process.once('exit', off);
  readline.once('close', () => {
    input.release();
    process.off('exit', off);
    off();
  });
  return { readline, keyboard: new Keyboard(readline), screen, interactive: true };
}

function plainDesk(): Desk {
  const readline = createInterface({ input: process.stdin, terminal: false });
  return { readline, keyboard: new Keyboard(readline), screen: new PlainScreen(), interactive: false };
}

function nextSession(wanted: Wanted): { session: string; agent?: string | undefined } | null {
  if (wanted.kind === 'open') return { session: wanted.session };
  return wanted.kind === 'new' ? { session: newSessionName(new Date()), agent: wanted.agent } : null;
}

/** Sets the exit code: for a script, an unanswered message is a failure; an interactive user has seen the reason. */
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
