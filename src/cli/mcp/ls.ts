import { connect } from '../../client/client.ts';
import type { McpServerBody } from '../../protocol/mcp.ts';
import { print, printJson } from '../../terminal/output.ts';
import { type Column, table } from '../../terminal/table.ts';
import { oneLine } from '../../terminal/text.ts';
import { relativeTime } from '../../terminal/time.ts';
import type { Cli } from '../kit/context.ts';

export async function listServers({ target, json }: Cli): Promise<void> {
  const list = await connect(target).mcpServers();
  if (json) return printJson(list);
  if (list.servers.length === 0) return print('No MCP servers.');
  for (const line of table(columns(Date.now()), list.servers, process.stdout.isTTY === true)) print(line);
  for (const line of list.servers.flatMap(badToolLines)) print(line);
  for (const line of list.servers.flatMap(leftOutLines)) print(line);
}

/** Formats one line for each tool that no agent can use, because its server describes it incorrectly. */
function badToolLines({ server, badTools = [] }: McpServerBody): string[] {
  const lines = badTools.map(({ tool, why }) => `${server}: the tool ${tool} cannot be used: ${why}`);
  return firstLines(server, lines);
}

/** Formats one line for each tool that is withheld from an agent's model, because the provider would reject it. */
function leftOutLines({ server, leftOut = [] }: McpServerBody): string[] {
  const lines = leftOut.map(
    ({ agent, tool, why }) => `${server}: ${tool} is left out for agent "${agent}": ${why}`,
  );
  return firstLines(server, lines);
}

/** Limits the lines for one server, because it may have hundreds of tools, and says how many are left out. */
function firstLines(server: string, lines: readonly string[]): string[] {
  const shown = lines.slice(0, MOST_LINES).map((line) => oneLine(line, 300));
  const more = lines.length - shown.length;
  return more > 0 ? [...shown, `${server}: ${more} more; \`midturn mcp ls --json\` lists them`] : shown;
}

const MOST_LINES = 20;

function columns(now: number): Column<McpServerBody>[] {
  return [
    { title: 'SERVER', max: 40, cell: ({ server }) => server },
    { title: 'STATE', cell: ({ state }) => STATES[state] },
    { title: 'TOOLS', cell: toolsOf },
    { title: 'LOGIN', cell: ({ login }) => (login ? loginOf(login, now) : '-') },
    { title: 'WHY', max: 300, cell: (server) => whyOf(server, now) },
  ];
}

function toolsOf({ tools, leftOut = [] }: McpServerBody): string {
  const names = new Set(leftOut.map(({ tool }) => tool));
  return names.size === 0 ? String(tools) : `${tools}, ${names.size} left out`;
}

const STATES: Record<McpServerBody['state'], string> = {
  starting: 'connecting',
  ready: 'connected',
  failed: 'failed',
  needs_login: 'needs login',
  closed: 'closed',
};

function loginOf({ since, pending }: NonNullable<McpServerBody['login']>, now: number): string {
  if (pending) return 'waiting for the browser';
  return since === null ? 'none' : relativeTime(since, now);
}

function whyOf({ server, state, error, retryAt }: McpServerBody, now: number): string {
  if (state === 'ready') return '-';
  if (state === 'needs_login') return `run \`midturn mcp login ${server}\``;
  const next = retryAt === undefined ? '' : `; retry ${relativeTime(retryAt, now)}`;
  return error === undefined ? '-' : `${oneLine(error, 300)}${next}`;
}
