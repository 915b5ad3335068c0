import { Argument, type Command } from 'commander';
import { addConfig } from '../config/command.ts';
import { cliOf } from '../kit/context.ts';

/** Configuring it and finding out what is wrong. */
export function addSetupCommands(program: Command): void {
  program.commandsGroup('Setup:');
  addConfig(program.command('config').description('check, show and change the configuration'));
  program
    .command('doctor')
    .description('check the installation and the home; each line says what to do')
    .action(async (_options, command: Command) => {
      const { doctor } = await import('../doctor/doctor.ts');
      await doctor(cliOf(command));
    });
  program
    .command('demo')
    .description(
      'see it work: a daemon on a temporary home is reconfigured and killed, under load, and nothing is lost',
    )
    .option('--keep', 'leave the temporary home, and say where it is')
    .action(async (options: { keep?: boolean }, command: Command) => {
      const { demo } = await import('./demo.ts');
      await demo(cliOf(command), options);
    });
  program
    .command('service')
    .description('run it under systemd')
    .command('install')
    .description('write a systemd unit that starts, reloads and stops the daemon of this home')
    .option('--system', 'for the whole machine, in /etc/systemd/system; else for you alone')
    .option('--print', 'print the unit and write nothing')
    .action(async (options: { system?: boolean; print?: boolean }, command: Command) => {
      const { installService } = await import('../service/install.ts');
      installService(cliOf(command), options);
    });
  program
    .command('completion')
    .description('print the completion script of a shell, for example: source <(midturn completion bash)')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { completion } = await import('../completion/completion.ts');
      completion(program, shell);
    });
}
