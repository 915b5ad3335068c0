import { randomBytes } from 'node:crypto';
import { createInterface, type Interface } from 'node:readline';
import { createNodeClient } from '../../client/node.ts';
import { NotSentError } from '../../errors/cli.ts';
import { ExitCode, MidturnError } from '../../errors/errors.ts';
import { MarkdownStream } from '../../terminal/markdown/prose.ts';
import { makeLine } from '../../terminal/pieces/piece.ts';
import { applyStyle } from '../../terminal/style.ts';
import type { CliContext } from '../kit/context.ts';
import { resolveUserName } from '../kit/who.ts';
import { loadHeader, renderCost, renderRecentSessions, renderStatus } from './about.ts';
import { type ChatAction, executeLine } from './act.ts';
import { Chat, type ChatOptions } from './chat.ts';
import { Keyboard } from './input/keyboard.ts';
import { BRACKETED_PASTE, LINE_BREAK, TypedInput } from './input/typed-input.ts';
import { loadJoinedSession } from './past.ts';
import { PlainScreen, type Screen } from './screen/screen.ts';
import { TerminalScreen } from './screen/terminal.ts';

const PROMPT = '› ';
/** Prompt for the next line of a message that continues after a line break. */
const CONTINUATION_PROMPT = '… ';

/** Input and output of the chat: keyboard, screen, and whether they are an interactive terminal. */
interface ChatConsole {
  readline: Interface;
  keyboard: Keyboard;
  screen: Screen;
  interactive: boolean;
}

export async function runChat(
  { target }: CliContext,
  chosen: string | undefined,
  options: { agent?: string; from?: string },
): Promise<void> {
  const client = createNodeClient(target);
  const desk =
    process.stdin.isTTY === true && process.stdout.isTTY === true ? openTerminalConsole() : openPipeConsole();
  const sender = resolveUserName(options.from, target);
  let next: { session: string; agent?: string | undefined } | null = {
    session: chosen ?? createSessionId(new Date()),
    agent: options.agent,
  };
  let named = chosen !== undefined;
  try {
    while (next) {
      const { session, agent } = next;
      const conversation = { client, session, ...(agent ? { agent } : {}), ...sender };
      const wanted = await runConversation(desk, { ...conversation, decider: sender }, named);
      next = chooseNextSession(wanted);
      named = true;
    }
  } finally {
    desk.screen.close();
    desk.readline.close();
  }
}

/** Runs one conversation and resolves with the user's next action. Rejects when the daemon refuses the session. */
async function runConversation(
  desk: ChatConsole,
  options: Omit<ChatOptions, 'show'>,
  named: boolean,
): Promise<ChatAction> {
  const { screen, interactive } = desk;
  const { client, session, agent } = options;
  const past = await loadJoinedSession(client, session);
  const conversation = new Chat(
    { ...options, show: (pieces) => screen.showText(pieces) },
    past?.conversation ?? null,
  );
  if (interactive) screen.showText(await loadHeader(client, session, past?.conversation.agent ?? agent));
  else if (!named) screen.showText([makeLine('dim', `session ${session}; type /help for commands`)]);
  screen.showText(past?.pieces ?? []);
  const following = conversation.followEvents();
  following.catch(() => desk.readline.close());
  const wanted = await waitForAction(desk, options, conversation);
  const { attachedCount: left } = conversation;
  if (left > 0)
    screen.showText([
      makeLine(
        'red',
        `✗ attached and not sent, because no message followed: ${left} ${left === 1 ? 'file' : 'files'}`,
      ),
    ]);
  conversation.stopFollowing();
  await following;
  setExitCode(conversation, interactive);
  return wanted;
}

/** Handles typed lines until one of them leaves the conversation, or until the input ends and every message is answered. */
async function waitForAction(
  { readline, keyboard, screen, interactive }: ChatConsole,
  { client, session }: Omit<ChatOptions, 'show'>,
  conversation: Chat,
): Promise<ChatAction> {
  const { promise, resolve } = Promise.withResolvers<ChatAction>();
  let interrupts = 0;
  const message = new MessageAssembler(readline, interactive);
  const want = (wanted: ChatAction) => {
    keyboard.clearListener();
    resolve(wanted);
  };
  keyboard.setListener({
    onLine(typed) {
      interrupts = 0;
      if (screen instanceof TerminalScreen) screen.continueBelowInput();
      const whole = message.addLine(typed);
      if (whole === null) return;
      const wanted = executeLine(whole, screen, conversation);
      if (wanted.kind === 'status')
        void renderStatus(client, session).then((shown) => screen.showText(shown));
      else if (wanted.kind === 'cost')
        void renderCost(client, session).then((shown) => screen.showText(shown));
      else if (wanted.kind === 'sessions')
        void renderRecentSessions(client, Date.now()).then((all) => screen.showText(all));
      else if (wanted.kind !== 'stay') want(wanted);
    },
    onInterrupt() {
      interrupts += 1;
      if (interrupts > 1) return want({ kind: 'quit' });
      if (conversation.isBusy) conversation.cancelTurn();
      screen.showText([
        makeLine(
          'dim',
          conversation.isBusy ? '… cancelling; press Ctrl-C again to quit' : 'press Ctrl-C again to quit',
        ),
      ]);
    },
    onClose() {
      void (interactive ? Promise.resolve() : conversation.waitForOutcomes()).then(() =>
        want({ kind: 'quit' }),
      );
    },
  });
  return promise;
}

/** Joins typed lines into messages: a trailing backslash continues a message on the next line. */
class MessageAssembler {
  readonly #readline: Interface;
  readonly #interactive: boolean;
  #before = '';

  constructor(readline: Interface, interactive: boolean) {
    this.#readline = readline;
    this.#interactive = interactive;
  }

  /** Adds a line and returns the complete message, or null while a trailing backslash asks for another line. */
  addLine(typed: string): string | null {
    if (!this.#interactive) return typed;
    const whole = this.#before + typed.replaceAll(LINE_BREAK, '\n');
    const continues = whole.endsWith('\\');
    this.#before = continues ? `${whole.slice(0, -1)}\n` : '';
    this.#readline.setPrompt(continues ? CONTINUATION_PROMPT : PROMPT);
    if (continues) this.#readline.prompt();
    return continues ? null : whole;
  }
}

function openTerminalConsole(): ChatConsole {
  const input = new TypedInput(process.stdin);
  const readline = createInterface({ input, output: process.stdout, prompt: PROMPT, terminal: true });
  // One column stays free, because the terminal moves to the next row when a row is exactly full.
  const columns = () => Math.max(20, (process.stdout.columns || 80) - 1);
  const screen = new TerminalScreen(
    readline,
    process.stdout,
    new MarkdownStream({ columns, paint: applyStyle }),
  );
  process.stdout.write(BRACKETED_PASTE.on);
  const off = () => process.stdout.write(BRACKETED_PASTE.off);
  process.once('exit', off);
  readline.once('close', () => {
    input.stopReading();
    process.off('exit', off);
    off();
  });
  return { readline, keyboard: new Keyboard(readline), screen, interactive: true };
}

function openPipeConsole(): ChatConsole {
  const readline = createInterface({ input: process.stdin, terminal: false });
  return { readline, keyboard: new Keyboard(readline), screen: new PlainScreen(), interactive: false };
}

function chooseNextSession(wanted: ChatAction): { session: string; agent?: string | undefined } | null {
  if (wanted.kind === 'open') return { session: wanted.session };
  return wanted.kind === 'new' ? { session: createSessionId(new Date()), agent: wanted.agent } : null;
}

/** Sets the exit code: for a script, an unanswered message is a failure; an interactive user has seen the reason. */
function setExitCode({ unsentCount: unsent, failure }: Chat, interactive: boolean): void {
  if (unsent > 0) throw new NotSentError(unsent);
  if (interactive) return;
  if (failure instanceof MidturnError) process.exitCode = failure.exitCode;
  else if (failure !== null) process.exitCode = ExitCode.failed;
}

function createSessionId(now: Date): string {
  const time = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  return `chat/${time}-${randomBytes(2).toString('hex')}`;
}
