import { createNodeClient } from '../../client/node.ts';
import type { McpServerBody } from '../../protocol/mcp.ts';
import { print, printJson } from '../../terminal/output.ts';
import { formatTable, type TableColumn } from '../../terminal/table.ts';
import { toOneLine } from '../../terminal/text.ts';
import { formatRelativeTime } from '../../terminal/time.ts';
import type { CliContext } from '../kit/context.ts';

export async function printMcpServers({ target, json }: CliContext): Promise<void> {
  const list = await createNodeClient(target).listMcpServers();
  if (json) return printJson(list);
  if (list.servers.length === 0) return print('No MCP servers.');
  for (const line of formatTable(serverColumns(Date.now()), list.servers, process.stdout.isTTY === true))
    print(line);
  for (const line of list.servers.flatMap(badToolLines)) print(line);
  for (const line of list.servers.flatMap(leftOutLines)) print(line);
}

/** Formats one line for each tool that no agent can use, because its server describes it incorrectly. */
function badToolLines({ server, badTools = [] }: McpServerBody): string[] {
  const lines = badTools.map(({ tool, why }) => `${server}: the tool ${tool} cannot be used: ${why}`);
  return limitLines(server, lines);
}

/** Formats one line for each tool that is withheld from an agent's model, because the provider would reject it. */
function leftOutLines({ server, leftOut = [] }: McpServerBody): string[] {
  const lines = leftOut.map(
    ({ agent, tool, why }) => `${server}: ${tool} is left out for agent "${agent}": ${why}`,
  );
  return limitLines(server, lines);
}

/** Limits the lines for one server, because it may have hundreds of tools, and says how many are left out. */
function limitLines(server: string, lines: readonly string[]): string[] {
  const shown = lines.slice(0, LINE_LIMIT).map((line) => toOneLine(line, 300));
  const more = lines.length - shown.length;
  return more > 0 ? [...shown, `${server}: ${more} more; \`midturn mcp ls --json\` lists them`] : shown;
}

const LINE_LIMIT = 20;

function serverColumns(now: number): TableColumn<McpServerBody>[] {
  return [
    { title: 'SERVER', max: 40, cell: ({ server }) => server },
    { title: 'STATE', cell: ({ state }) => STATE_LABELS[state] },
    { title: 'TOOLS', cell: formatToolCount },
    { title: 'LOGIN', cell: ({ login }) => (login ? formatLogin(login, now) : '-') },
    { title: 'WHY', max: 300, cell: (server) => explainState(server, now) },
  ];
}

function formatToolCount({ tools, leftOut = [] }: McpServerBody): string {
  const names = new Set(leftOut.map(({ tool }) => tool));
  return names.size === 0 ? String(tools) : `${tools}, ${names.size} left out`;
}

const STATE_LABELS: Record<McpServerBody['state'], string> = {
  starting: 'connecting',
  ready: 'connected',
  failed: 'failed',
  needs_login: 'needs login',
  closed: 'closed',
};

function formatLogin({ since, pending }: NonNullable<McpServerBody['login']>, now: number): string {
  if (pending) return 'waiting for the browser';
  return since === null ? 'none' : formatRelativeTime(since, now);
}

function explainState({ server, state, error, retryAt }: McpServerBody, now: number): string {
  if (state === 'ready') return '-';
  if (state === 'needs_login') return `run \`midturn mcp login ${server}\``;
  const next = retryAt === undefined ? '' : `; retry ${formatRelativeTime(retryAt, now)}`;
  return error === undefined ? '-' : `${toOneLine(error, 300)}${next}`;
}
