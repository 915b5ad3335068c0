import { randomUUID } from 'node:crypto';
import { createNodeClient } from '../../client/node.ts';
import { NotAnsweredError, UsageError } from '../../errors/cli.ts';
import { ExitCode } from '../../errors/errors.ts';
import { formatFile } from '../../protocol/content.ts';
import type { AnswerBody } from '../../protocol/messages.ts';
import { print, printError, printJson, printRaw } from '../../terminal/output.ts';
import { skipByteOrderMark } from '../../util/decode-utf8.ts';
import { readStdin } from '../config/input.ts';
import { readAttachment, uploadContent } from '../kit/attachments.ts';
import type { CliContext } from '../kit/context.ts';
import { resolveUserName } from '../kit/who.ts';
import { waitForAnswer } from './waiting.ts';

export interface SendOptions {
  id?: string;
  mode: 'steer' | 'queue';
  from?: string;
  agent?: string;
  /** Paths of files to attach. */
  file?: readonly string[];
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
  const { wait, within, id = randomUUID(), file: paths = [], ...rest } = options;
  const until = within === undefined ? {} : { deadline: Date.now() + within };
  const client = createNodeClient(cli.target);
  const files = await Promise.all(paths.map(readAttachment));
  const said = await readMessageText(text, files.length > 0);
  const sender = resolveUserName(options.from, cli.target);
  const message = { ...rest, ...sender, ...until, id, ...(await uploadContent(client, said, files)) };
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

async function readMessageText(text: string, hasFiles: boolean): Promise<string> {
  const words = text === '-' ? skipByteOrderMark(await readStdin()).replace(/\r?\n$/, '') : text;
  if (words === '' && !hasFiles)
    throw new UsageError('The message is empty; give a text, or a file with --file.');
  return words;
}

function printAnswer({ json }: CliContext, answer: AnswerBody): void {
  const { session, input, outcome, text, files = [], reason } = answer;
  if (json) {
    printJson(answer);
    process.exitCode = outcome === 'answered' ? ExitCode.ok : ExitCode.failed;
  } else if (outcome === 'answered') {
    printRaw(text);
    for (const file of files) printError(formatFile(file));
  } else throw new NotAnsweredError(session, input, outcome, reason);
}
