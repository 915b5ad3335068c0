import { randomUUID } from 'node:crypto';
import { createNodeClient } from '../../client/node.ts';
import { NotAnsweredError, UsageError } from '../../errors/cli.ts';
import { ExitCode } from '../../errors/errors.ts';
import type { AnswerBody } from '../../protocol/messages.ts';
import { print, printJson, printRaw } from '../../terminal/output.ts';
import { skipByteOrderMark } from '../../util/decode-utf8.ts';
import { readStdin } from '../config/input.ts';
import type { CliContext } from '../kit/context.ts';
import { waitForAnswer } from './waiting.ts';

export interface SendOptions {
  id?: string;
  mode: 'steer' | 'queue';
  from?: string;
  agent?: string;
  /** Milliseconds from now after which a message that has not started is dropped. */
  within?: number;
  /** Seconds to wait for the answer; absent to print the receipt only. */
  wait?: number;
}

/** Sends a message and prints the receipt, or with `wait` the answer. Rejects when the turn ends without an answer. */
export async function sendMessage(
  cli: CliContext,
  session: string,
  text: string,
  options: SendOptions,
): Promise<void> {
  const { wait, within, id = randomUUID(), ...rest } = options;
  const until = within === undefined ? {} : { deadline: Date.now() + within };
  const message = { ...rest, ...until, id, text: await readMessageText(text) };
  const client = createNodeClient(cli.target);
  if (wait !== undefined)
    return printAnswer(
      cli,
      await waitForAnswer(client, session, message, { seconds: wait, tell: !cli.json }),
    );
  const receipt = await client.sendMessage(session, message);
  if (cli.json) printJson(receipt);
  else
    print(
      `${receipt.input} is stored${receipt.duplicate ? ' already' : ''}; session ${session}, position ${receipt.seq}`,
    );
}

async function readMessageText(text: string): Promise<string> {
  const words = text === '-' ? skipByteOrderMark(await readStdin()).replace(/\r?\n$/, '') : text;
  if (words === '') throw new UsageError('The message is empty.');
  return words;
}

function printAnswer({ json }: CliContext, answer: AnswerBody): void {
  const { session, input, outcome, text, reason } = answer;
  if (json) {
    printJson(answer);
    process.exitCode = outcome === 'answered' ? ExitCode.ok : ExitCode.failed;
  } else if (outcome === 'answered') printRaw(text);
  else throw new NotAnsweredError(session, input, outcome, reason);
}
