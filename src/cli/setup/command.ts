import { Argument, type Command } from 'commander';
import { addConfigCommands } from '../config/command.ts';
import { readGlobalOptions } from '../kit/context.ts';

/** Adds the commands for configuration, diagnosis, the demo, the systemd service and shell completion. */
export function addSetupCommands(program: Command): void {
  program.commandsGroup('Setup:');
  addConfigCommands(program.command('config').description('validate, show and change the configuration'));
  program
    .command('doctor')
    .description('check the installation and the home, and suggest a fix for each problem')
    .action(async (_options, command: Command) => {
      const { runDoctor: doctor } = await import('../doctor/doctor.ts');
      await doctor(readGlobalOptions(command));
    });
  program
    .command('demo')
    .description(
      'see it work: reconfigure and kill a daemon on a temporary home under load, then count what was lost',
    )
    .option('--keep', 'keep the temporary home and print its path')
    .action(async (options: { keep?: boolean }, command: Command) => {
      const { runDemo: demo } = await import('./demo.ts');
      await demo(readGlobalOptions(command), options);
    });
  program
    .command('service')
    .description('run it under systemd')
    .command('install')
    .description('write a systemd unit that starts, reloads and stops the daemon of this home')
    .option('--system', 'install for the whole machine, in /etc/systemd/system (default: only for your user)')
    .option('--print', 'print the unit without writing it')
    .action(async (options: { system?: boolean; print?: boolean }, command: Command) => {
      const { installService } = await import('../service/install.ts');
      installService(readGlobalOptions(command), options);
    });
  program
    .command('completion')
    .description('print a completion script, for example: source <(midturn completion bash)')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { printCompletion: completion } = await import('../completion/completion.ts');
      completion(program, shell);
    });
}
