import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { isAway } from '../../client/away.ts';
import { type Client, connect } from '../../client/client.ts';
import { LoginNotDoneError, LoginWaitsError } from '../../errors/cli.ts';
import type { McpServerBody } from '../../protocol/mcp.ts';
import { print, printError, printJson } from '../../terminal/output.ts';
import { oneLine } from '../../terminal/text.ts';
import type { Cli } from '../kit/context.ts';

/** Milliseconds between two polls of the login's state, and the limit for the first connection after it. */
const PAUSE = 300;
const CONNECTING = 10_000;

export async function login({ target, json }: Cli, name: string, timeout: number): Promise<void> {
  const client = connect(target);
  const begun = await client.beginMcpLogin(name);
  if (json) printJson(begun);
  else explain(name, begun.url);
  const stop = json ? () => {} : takePasted(client);
  try {
    await untilDone(client, begun, performance.now() + timeout);
    if (!json) printError('Logged in. Connecting …');
    const server = await whenConnected(client, name);
    if (json) printJson(server);
    else print(resultOf(server));
  } finally {
    stop();
  }
}

/** Prints the login instructions on stderr and only the URL on stdout, so that it can be piped. */
function explain(name: string, url: string): void {
  printError(`To log in to ${name}, open this address in a browser:`);
  print(url);
  printError(
    'Waiting. If the browser ends on a page that it cannot load, paste the address of that page here.',
  );
}

/**
 * Reads redirect addresses that the operator pastes: a browser on another machine cannot reach the daemon's callback.
 * Returns a function that stops reading.
 */
function takePasted(client: Client): () => void {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    if (line.trim() === '') return;
    client.finishMcpLogin(line.trim()).catch((error: Error) => printError(error.message));
  });
  return () => lines.close();
}

async function untilDone(
  client: Client,
  { server: name, login }: { server: string; login: string },
  deadline: number,
): Promise<void> {
  for (;;) {
    const state = (await look(client, name))?.login;
    if (state?.last?.login === login) {
      if (state.last.error === null) return;
      throw new LoginNotDoneError(name, state.last.error);
    }
    if (state !== undefined && state.pending?.login !== login) {
      throw new LoginNotDoneError(name, 'it timed out, or another login replaced it');
    }
    if (performance.now() > deadline) throw new LoginWaitsError(name);
    await delay(PAUSE);
  }
}

/** Waits for the first connection after the login, so that a server that still refuses is reported at once. */
async function whenConnected(client: Client, name: string): Promise<McpServerBody | undefined> {
  const deadline = performance.now() + CONNECTING;
  for (;;) {
    const server = await look(client, name);
    if (server?.state === 'ready' || performance.now() > deadline) return server;
    await delay(PAUSE);
  }
}

/** Fetches the state of a server; `undefined` while the daemon is unreachable or has not loaded its servers yet. */
async function look(client: Client, name: string): Promise<McpServerBody | undefined> {
  try {
    return (await client.mcpServers()).servers.find(({ server }) => server === name);
  } catch (error) {
    if (isAway(error)) return undefined;
    throw error;
  }
}

function resultOf(server: McpServerBody | undefined): string {
  if (server?.state !== 'ready') {
    const why = oneLine(server?.error ?? 'it is still connecting', 300);
    return `Logged in, but not connected yet: ${why}. Check with \`midturn mcp ls\`.`;
  }
  return `Logged in to ${server.server}: connected, ${server.tools} ${server.tools === 1 ? 'tool' : 'tools'}.`;
}
