/** What operators can hear of MCP servers; must not throw. `about` always names the `server`. */
export type McpReport = (event: McpEvent, about: Record<string, unknown>) => void;

export type McpEvent =
  /** When a server is connected and its tools are known. */
  | 'mcp:ready'
  /** When a server's list of tools was read and is not what it was. */
  | 'mcp:listed'
  /** When a server could not be started or was lost soon after; it is tried again. */
  | 'mcp:failed'
  /** When a connection was lost. */
  | 'mcp:lost'
  /** When a server was taken out of the configuration, or changed so that it is started anew. */
  | 'mcp:retired'
  /** When a tool of a server cannot be used as the server describes it; the others can. */
  | 'mcp:bad_tool'
  /** When the configuration of a server names tools that it does not have. */
  | 'mcp:unknown_tools'
  /** When somebody wants to log in to a server. */
  | 'mcp:login_begun'
  /** When somebody has logged in. */
  | 'mcp:login_finished'
  /** When a login came back without tokens. */
  | 'mcp:login_failed'
  /** When somebody has logged out. */
  | 'mcp:login_ended'
  /** When a running call says how far it is. */
  | 'mcp:progress'
  /** When a server sent something that nobody understands or asked for. */
  | 'mcp:noise'
  /** When a server wrote to its error output. */
  | 'mcp:stderr';

/** How much operators care. */
export function levelOf(event: McpEvent): 'warn' | 'info' | 'debug' {
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
