import type { Command } from 'commander';
import { readGlobalOptions } from '../kit/context.ts';
import { createDurationOption } from '../kit/values.ts';

/** Adds the `mcp` commands, which list the daemon's MCP servers and manage its logins to them. */
export function addServerCommands(program: Command): void {
  program.commandsGroup('Servers:');
  const mcp = program.command('mcp').description('list MCP servers and manage logins');
  mcp
    .command('ls')
    .description('list MCP servers with their state and, on failure, the reason')
    .action(async (_options, command: Command) => {
      const { printMcpServers: listServers } = await import('./ls.ts');
      await listServers(readGlobalOptions(command));
    });
  mcp
    .command('login')
    .description('log in to a server through the browser; prints the URL to open and waits')
    .argument('<name>', 'name of the server')
    .addOption(createDurationOption('--timeout <duration>', 'how long to wait for the browser', '10m'))
    .action(async (name: string, { timeout }: { timeout: number }, command: Command) => {
      const { logInToServer: login } = await import('./login.ts');
      await login(readGlobalOptions(command), name, timeout);
    });
  mcp
    .command('logout')
    .description('delete the login to a server and close the connection')
    .argument('<name>', 'name of the server')
    .action(async (name: string, _options, command: Command) => {
      const { logOutOfServer: logout } = await import('./logout.ts');
      await logout(readGlobalOptions(command), name);
    });
}
