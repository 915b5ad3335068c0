import type { McpLoginBody, McpServerBody } from '../../protocol/mcp.ts';

/** The MCP servers of the daemon, and the logins to them. Every method rejects with a MidturnError or not at all. */
export interface McpControl {
  status(): McpServerBody[];
  beginLogin(server: string): Promise<Omit<McpLoginBody, 'server'>>;
  /** Takes the query of the address that a browser was sent to; names the server that the login was for. */
  finishLogin(answer: URLSearchParams): Promise<string>;
  endLogin(server: string): Promise<void>;
}
