/** Reports an event of an MCP server for the log; `about` always contains the name as `server`. Must not throw. */
export type McpReport = (event: McpEvent, about: Record<string, unknown>) => void;

export type McpEvent =
  /** When a server is connected and its tools are known. */
  | 'mcp:ready'
  /** When a server's list of tools was read and differs from the previous one. */
  | 'mcp:listed'
  /** When a server could not be started, or was lost soon afterwards; another attempt follows. */
  | 'mcp:failed'
  /** When a connection was lost. */
  | 'mcp:lost'
  /** When a server was taken out of the configuration, or changed so that it has to be restarted. */
  | 'mcp:retired'
  /** When the description of one tool is unusable; the other tools of the server are still offered. */
  | 'mcp:bad_tool'
  /** When the configuration of a server names tools that the server does not have. */
  | 'mcp:unknown_tools'
  /** When a client has started a login to a server. */
  | 'mcp:login_begun'
  /** When a login to a server has succeeded. */
  | 'mcp:login_finished'
  /** When a login ended without tokens. */
  | 'mcp:login_failed'
  /** When a login was deleted (logout). */
  | 'mcp:login_ended'
  /** When a running call reports its progress. */
  | 'mcp:progress'
  /** When a server sent a message that is invalid or was not requested. */
  | 'mcp:noise'
  /** When a server wrote to its error output. */
  | 'mcp:stderr';

/** Returns the log level of an event: `warn` for failures, `debug` for diagnostic details, otherwise `info`. */
export function logLevelOf(event: McpEvent): 'warn' | 'info' | 'debug' {
  switch (event) {
    case 'mcp:failed':
    case 'mcp:lost':
    case 'mcp:bad_tool':
    case 'mcp:unknown_tools':
    case 'mcp:login_failed':
      return 'warn';
    case 'mcp:progress':
    case 'mcp:noise':
    case 'mcp:stderr':
      return 'debug';
    default:
      return 'info';
  }
}
