import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { loadConfig } from '../../config/check/load.ts';
import type { Config } from '../../config/schema/resolve.ts';
import type { Home } from '../../util/home.ts';
import { type DoctorCheck, warnCheck } from './check.ts';

type McpServer = Config['tools']['mcp'][string];

/**
 * Checks whether the commands of the MCP servers can be found. The search is that of the daemon: the `PATH` of the
 * server's own `env`, otherwise that of this process, which is the daemon's when the same user starts it. Returns one
 * warning for each missing command, and nothing for a configuration that cannot be read, which has a check of its own.
 */
export function checkMcpCommands(
  home: Home,
  env: Readonly<Record<string, string | undefined>> = process.env,
): DoctorCheck[] {
  return Object.entries(readServers(home)).flatMap(([name, server]): DoctorCheck[] => {
    if (server.type !== 'stdio' || !server.enabled) return [];
    const { command, cwd } = server;
    const path = server.env['PATH'] ?? env['PATH'] ?? '';
    if (isOnPath(command, cwd, path)) return [];
    const where = command.includes('/') ? 'there is no such program' : `it is not on the PATH ${path}`;
    return [
      warnCheck(
        'mcp',
        `the command "${command}" of the MCP server "${name}" cannot be run: ${where}`,
        `install it, write its whole path in "tools.mcp.${name}.command", or set "tools.mcp.${name}.env.PATH"`,
      ),
    ];
  });
}

function readServers(home: Home): Readonly<Record<string, McpServer>> {
  try {
    return loadConfig(home).config.tools.mcp;
  } catch {
    return {};
  }
}

/** Checks whether the system finds the program; a name with a slash is a path and is not searched for. */
function isOnPath(command: string, cwd: string, path: string): boolean {
  if (command.includes('/')) return isProgram(resolve(cwd, command));
  return path.split(delimiter).some((folder) => isProgram(resolve(cwd, folder, command)));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
