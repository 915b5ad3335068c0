import { type Command, Option } from 'commander';
import { addApprovalCommands } from '../approvals/command.ts';
import { cliOf } from '../kit/context.ts';
import { milliseconds, wholeNumber } from '../kit/values.ts';
import type { ListOptions } from './ls.ts';
import type { SendOptions } from './send.ts';

/** Talking to sessions and looking at them. */
export function addConversationCommands(program: Command): void {
  program.commandsGroup('Conversations:');
  program
    .command('chat')
    .description('talk to a session; /help inside tells more')
    .argument('[session]', 'id of the session; a new one is made when absent')
    .option('--agent <name>', 'agent of a session that this creates')
    .option('--from <name>', 'who you are, for the agent and for others')
    .action(
      async (session: string | undefined, options: { agent?: string; from?: string }, command: Command) => {
        const { chat } = await import('../chat/command.ts');
        await chat(cliOf(command), session, options);
      },
    );
  program
    .command('send')
    .description('put one message into a session; done when it is safely stored')
    .argument('<session>', 'id of the session; it is created when there is none')
    .argument('<text>', 'the message; - reads it from stdin')
    .option('--id <id>', 'id of the message; the same one again is never stored twice')
    .addOption(
      new Option('--mode <mode>', 'join the running turn, or wait for a turn of its own')
        .choices(['steer', 'queue'])
        .default('steer'),
    )
    .option('--from <name>', 'who says it')
    .option('--agent <name>', 'agent of a session that this creates')
    .addOption(
      new Option('--within <duration>', 'not to be begun later than this, such as 30m').argParser(
        milliseconds,
      ),
    )
    .addOption(
      new Option('--wait [seconds]', 'wait for the answer and print it').argParser(wholeNumber).preset('300'),
    )
    .action(async (session: string, text: string, options: SendOptions, command: Command) => {
      const { send } = await import('./send.ts');
      await send(cliOf(command), session, text, options);
    });
  addApprovalCommands(
    program.command('approvals').description('list and decide calls that wait for a person'),
  );
  addSessions(program.command('sessions').description('list, read, cancel and release sessions'));
}

function addSessions(sessions: Command): void {
  sessions
    .command('ls')
    .description('list sessions')
    .addOption(
      new Option('--status <status>', 'only those with this status').choices([
        'idle',
        'queued',
        'running',
        'waiting',
        'quarantined',
      ]),
    )
    .option('--agent <name>', 'only those of this agent')
    .option('--prefix <text>', 'only those whose id starts with this')
    .addOption(
      new Option('--order <order>', 'by the last change, newest first, or by id')
        .choices(['recent', 'id'])
        .default('recent'),
    )
    .addOption(
      new Option('--since <duration>', 'only those that changed within this time, such as 2h').argParser(
        milliseconds,
      ),
    )
    .option('-n, --limit <count>', 'the largest number of sessions to list', wholeNumber)
    .action(async (options: ListOptions, command: Command) => {
      const { listSessions } = await import('./ls.ts');
      await listSessions(cliOf(command), options);
    });
  sessions
    .command('show')
    .description('state and last messages of a session')
    .argument('<session>', 'id of the session')
    .option('-n, --messages <count>', 'how many of the last messages', wholeNumber, 10)
    .action(async (session: string, { messages }: { messages: number }, command: Command) => {
      const { showSession } = await import('./show.ts');
      await showSession(cliOf(command), session, messages);
    });
  sessions
    .command('effects')
    .description('what a session did to the world: every write, when, with what outcome')
    .argument('<session>', 'id of the session')
    .option('-n, --limit <count>', 'at most so many', wholeNumber)
    .option('--after <seq>', 'start after this position', wholeNumber)
    .action(async (session: string, options: { limit?: number; after?: number }, command: Command) => {
      const { listEffects } = await import('./effects.ts');
      await listEffects(cliOf(command), session, options);
    });
  sessions
    .command('follow')
    .description('print what happens in a session, until Ctrl-C; across restarts of the daemon')
    .argument('<session>', 'id of the session')
    .option('--after <seq>', 'start after this position (default: now)', wholeNumber)
    .action(async (session: string, { after }: { after?: number }, command: Command) => {
      const { followSession } = await import('./follow.ts');
      await followSession(cliOf(command), session, after);
    });
  sessions
    .command('cancel')
    .description('stop the running turn and drop what waits behind it')
    .argument('<session>', 'id of the session')
    .option('--reason <text>', 'why; the agent and others see it')
    .action(async (session: string, { reason }: { reason?: string }, command: Command) => {
      const { cancelSession } = await import('./cancel.ts');
      await cancelSession(cliOf(command), session, reason);
    });
  sessions
    .command('export')
    .description('print everything that is stored of a session, as JSON')
    .argument('<session>', 'id of the session')
    .action(async (session: string, _options, command: Command) => {
      const { exportSession } = await import('./export.ts');
      await exportSession(cliOf(command), session);
    });
  sessions
    .command('release')
    .description('let a quarantined session go on')
    .argument('<session>', 'id of the session')
    .action(async (session: string, _options, command: Command) => {
      const { releaseSession } = await import('./release.ts');
      await releaseSession(cliOf(command), session);
    });
}
