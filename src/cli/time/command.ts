import type { Command } from 'commander';
import { readGlobalOptions } from '../kit/context.ts';

/** Adds the `schedules` and `reminders` commands, which manage work that starts at a given time. */
export function addTimeCommands(program: Command): void {
  program.commandsGroup('Time:');
  addScheduleCommands(program.command('schedules').description('list, pause and run schedules'));
  addReminderCommands(program.command('reminders').description('list and remove reminders'));
}

function addScheduleCommands(schedules: Command): void {
  schedules
    .command('ls')
    .description('list schedules with their next, last and missed runs')
    .action(async (_options, command: Command) => {
      const { printSchedules: listSchedules } = await import('./schedules-ls.ts');
      await listSchedules(readGlobalOptions(command));
    });
  schedules
    .command('pause')
    .description('pause a schedule until it is resumed; survives restarts')
    .argument('<name>', 'name of the schedule')
    .action(async (name: string, _options, command: Command) => {
      const { pauseSchedule } = await import('./schedules-pause.ts');
      await pauseSchedule(readGlobalOptions(command), name, true);
    });
  schedules
    .command('resume')
    .description('resume a paused schedule at its next slot')
    .argument('<name>', 'name of the schedule')
    .action(async (name: string, _options, command: Command) => {
      const { pauseSchedule } = await import('./schedules-pause.ts');
      await pauseSchedule(readGlobalOptions(command), name, false);
    });
  schedules
    .command('run')
    .description('deliver the message of a schedule now')
    .argument('<name>', 'name of the schedule')
    .option('--id <id>', 'idempotency id of the request: a retry with the same id runs nothing')
    .action(async (name: string, { id }: { id?: string }, command: Command) => {
      const { runSchedule } = await import('./schedules-run.ts');
      await runSchedule(readGlobalOptions(command), name, id);
    });
}

function addReminderCommands(reminders: Command): void {
  reminders
    .command('ls')
    .description('list reminders, the next one first')
    .option('--session <session>', 'only reminders of this session')
    .action(async ({ session }: { session?: string }, command: Command) => {
      const { printReminders: listReminders } = await import('./reminders-ls.ts');
      await listReminders(readGlobalOptions(command), session);
    });
  reminders
    .command('rm')
    .description('remove a reminder')
    .argument('<id>', 'id of the reminder')
    .action(async (id: string, _options, command: Command) => {
      const { runRemoveReminder: removeReminder } = await import('./reminders-rm.ts');
      await removeReminder(readGlobalOptions(command), id);
    });
}
