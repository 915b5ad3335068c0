import type { Command } from 'commander';
import { cliOf } from '../kit/context.ts';

/** Adds the `schedules` and `reminders` commands, which manage work that starts at a given time. */
export function addTimeCommands(program: Command): void {
  program.commandsGroup('Time:');
  addSchedules(program.command('schedules').description('list, pause and run schedules'));
  addReminders(program.command('reminders').description('list and remove reminders'));
}

function addSchedules(schedules: Command): void {
  schedules
    .command('ls')
    .description('list schedules with their next, last and missed runs')
    .action(async (_options, command: Command) => {
      const { listSchedules } = await import('./schedules-ls.ts');
      await listSchedules(cliOf(command));
    });
  schedules
    .command('pause')
    .description('pause a schedule until it is resumed; survives restarts')
    .argument('<name>', 'name of the schedule')
    .action(async (name: string, _options, command: Command) => {
      const { pauseSchedule } = await import('./schedules-pause.ts');
      await pauseSchedule(cliOf(command), name, true);
    });
  schedules
    .command('resume')
    .description('resume a paused schedule at its next slot')
    .argument('<name>', 'name of the schedule')
    .action(async (name: string, _options, command: Command) => {
      const { pauseSchedule } = await import('./schedules-pause.ts');
      await pauseSchedule(cliOf(command), name, false);
    });
  schedules
    .command('run')
    .description('deliver the message of a schedule now')
    .argument('<name>', 'name of the schedule')
    .option('--id <id>', 'idempotency id of the request: a retry with the same id runs nothing')
    .action(async (name: string, { id }: { id?: string }, command: Command) => {
      const { runSchedule } = await import('./schedules-run.ts');
      await runSchedule(cliOf(command), name, id);
    });
}

function addReminders(reminders: Command): void {
  reminders
    .command('ls')
    .description('list reminders, the next one first')
    .option('--session <session>', 'only reminders of this session')
    .action(async ({ session }: { session?: string }, command: Command) => {
      const { listReminders } = await import('./reminders-ls.ts');
      await listReminders(cliOf(command), session);
    });
  reminders
    .command('rm')
    .description('remove a reminder')
    .argument('<id>', 'id of the reminder')
    .action(async (id: string, _options, command: Command) => {
      const { removeReminder } = await import('./reminders-rm.ts');
      await removeReminder(cliOf(command), id);
    });
}
