import { type Command, Option } from 'commander';
import { addApprovalCommands } from '../approvals/command.ts';
import { addBlobCommands } from '../blobs/command.ts';
import { readGlobalOptions } from '../kit/context.ts';
import { parseMilliseconds, parseWholeNumber } from '../kit/values.ts';
import type { SessionListOptions } from './ls.ts';
import type { SendOptions } from './send.ts';

/** Adds the commands that talk to sessions, inspect them and decide their approvals. */
export function addConversationCommands(program: Command): void {
  program.commandsGroup('Conversations:');
  program
    .command('chat')
    .description('talk to a session interactively; type /help for commands')
    .argument('[session]', 'id of the session (default: a new session)')
    .option('--agent <name>', 'agent of a session that this creates')
    .option(
      '--from <name>',
      'your name, as shown to the agent and to others (default: your user name, or whose the token is)',
    )
    .action(
      async (session: string | undefined, options: { agent?: string; from?: string }, command: Command) => {
        const { runChat: chat } = await import('../chat/command.ts');
        await chat(readGlobalOptions(command), session, options);
      },
    );
  program
    .command('send')
    .description('send one message to a session; returns once the message is durably stored')
    .argument('<session>', 'id of the session; created if it does not exist')
    .argument('<text>', 'the message; - reads stdin; may be empty with --file')
    .option('--id <id>', 'idempotency id of the message: a retry with the same id is stored once')
    .addOption(
      new Option('--mode <mode>', 'steer joins the running turn; queue waits for its own turn')
        .choices(['steer', 'queue'])
        .default('steer'),
    )
    .option('--file <path>', 'file to attach; repeat it for several files', collectPaths)
    .option('--from <name>', 'name of the sender (default: your user name, or whose the token is)')
    .option('--agent <name>', 'agent of a session that this creates')
    .addOption(
      new Option(
        '--within <duration>',
        'drop the message if it has not started by then, such as 30m',
      ).argParser(parseMilliseconds),
    )
    .addOption(
      new Option('--wait [seconds]', 'wait for the answer, and print it')
        .argParser(parseWholeNumber)
        .preset('300'),
    )
    .action(async (session: string, text: string, options: SendOptions, command: Command) => {
      const { sendMessage: send } = await import('./send.ts');
      await send(readGlobalOptions(command), session, text, options);
    });
  addApprovalCommands(
    program.command('approvals').description('list and decide tool calls that wait for an approval'),
  );
  addBlobCommands(program);
  addSessionCommands(program.command('sessions').description('list, read, cancel and release sessions'));
}

function collectPaths(path: string, before: readonly string[] = []): string[] {
  return [...before, path];
}

function addSessionCommands(sessions: Command): void {
  sessions
    .command('ls')
    .description('list sessions')
    .addOption(
      new Option('--status <status>', 'only sessions with this status').choices([
        'idle',
        'queued',
        'running',
        'waiting',
        'quarantined',
      ]),
    )
    .option('--agent <name>', 'only sessions of this agent')
    .option('--prefix <text>', 'only sessions whose id starts with this text')
    .addOption(
      new Option('--order <order>', 'recent sorts by last change, newest first; id sorts by name')
        .choices(['recent', 'id'])
        .default('recent'),
    )
    .addOption(
      new Option('--since <duration>', 'only sessions that changed within this period, such as 2h').argParser(
        parseMilliseconds,
      ),
    )
    .option('-n, --limit <count>', 'maximum number of sessions to list', parseWholeNumber)
    .action(async (options: SessionListOptions, command: Command) => {
      const { printSessions: listSessions } = await import('./ls.ts');
      await listSessions(readGlobalOptions(command), options);
    });
  sessions
    .command('show')
    .description('show the state and latest messages of a session')
    .argument('<session>', 'id of the session')
    .option('-n, --messages <count>', 'how many of the latest messages to show', parseWholeNumber, 10)
    .action(async (session: string, { messages }: { messages: number }, command: Command) => {
      const { showSession } = await import('./show.ts');
      await showSession(readGlobalOptions(command), session, messages);
    });
  sessions
    .command('effects')
    .description('list the external effects of a session: every write with its time and outcome')
    .argument('<session>', 'id of the session')
    .option('-n, --limit <count>', 'maximum number of effects to list', parseWholeNumber)
    .option('--after <seq>', 'start after this position', parseWholeNumber)
    .action(async (session: string, options: { limit?: number; after?: number }, command: Command) => {
      const { listEffects } = await import('./effects.ts');
      await listEffects(readGlobalOptions(command), session, options);
    });
  sessions
    .command('follow')
    .description('stream the events of a session until Ctrl-C, across daemon restarts')
    .argument('<session>', 'id of the session')
    .option('--after <seq>', 'start after this position (default: now)', parseWholeNumber)
    .action(async (session: string, { after }: { after?: number }, command: Command) => {
      const { runFollow: followSession } = await import('./follow.ts');
      await followSession(readGlobalOptions(command), session, after);
    });
  sessions
    .command('cancel')
    .description('stop the running turn and drop queued messages')
    .argument('<session>', 'id of the session')
    .option('--reason <text>', 'the reason, which the agent and other clients see')
    .action(async (session: string, { reason }: { reason?: string }, command: Command) => {
      const { cancelSession } = await import('./cancel.ts');
      await cancelSession(readGlobalOptions(command), session, reason);
    });
  sessions
    .command('export')
    .description('print everything stored for a session as JSON')
    .argument('<session>', 'id of the session')
    .action(async (session: string, _options, command: Command) => {
      const { exportSession } = await import('./export.ts');
      await exportSession(readGlobalOptions(command), session);
    });
  sessions
    .command('release')
    .description('let a quarantined session run again')
    .argument('<session>', 'id of the session')
    .action(async (session: string, _options, command: Command) => {
      const { releaseSession } = await import('./release.ts');
      await releaseSession(readGlobalOptions(command), session);
    });
}
