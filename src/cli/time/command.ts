import type { Command } from 'commander';
import { cliOf } from '../kit/context.ts';

/** What happens by itself at a time. */
export function addTimeCommands(program: Command): void {
  program.commandsGroup('Time:');
  addSchedules(program.command('schedules').description('list, pause and run schedules'));
  addReminders(program.command('reminders').description('list and remove reminders'));
}

function addSchedules(schedules: Command): void {
  schedules
    .command('ls')
    .description('list schedules: when they run next, ran last, and what they missed')
    .action(async (_options, command: Command) => {
      const { listSchedules } = await import('./schedules-ls.ts');
      await listSchedules(cliOf(command));
    });
  schedules
    .command('pause')
    .description('stop a schedule until it is resumed; survives restarts')
    .argument('<name>', 'name of the schedule')
    .action(async (name: string, _options, command: Command) => {
      const { pauseSchedule } = await import('./schedules-pause.ts');
      await pauseSchedule(cliOf(command), name, true);
    });
  schedules
    .command('resume')
    .description('let a paused schedule go on with its next slot')
    .argument('<name>', 'name of the schedule')
    .action(async (name: string, _options, command: Command) => {
      const { pauseSchedule } = await import('./schedules-pause.ts');
      await pauseSchedule(cliOf(command), name, false);
    });
  schedules
    .command('run')
    .description('deliver the message of a schedule now')
    .argument('<name>', 'name of the schedule')
    .option('--id <id>', 'id of the request; the same one again runs nothing')
    .action(async (name: string, { id }: { id?: string }, command: Command) => {
      const { runSchedule } = await import('./schedules-run.ts');
      await runSchedule(cliOf(command), name, id);
    });
}

function addReminders(reminders: Command): void {
  reminders
    .command('ls')
    .description('list reminders, the next one first')
    .option('--session <session>', 'only those of this session')
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
