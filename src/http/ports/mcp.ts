import type { McpLoginBody, McpServerBody } from '../../protocol/mcp.ts';

/** The daemon's MCP servers and the logins to them. Every method rejects only with a MidturnError. */
export interface McpControl {
  listServers(): McpServerBody[];
  beginLogin(server: string): Promise<Omit<McpLoginBody, 'server'>>;
  /**
   * Completes a login with the query of the address to which the browser was redirected; resolves with the
   * server's name.
   */
  finishLogin(answer: URLSearchParams): Promise<string>;
  endLogin(server: string): Promise<void>;
}
