import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { isRetryable } from '../../client/away.ts';
import type { Client } from '../../client/client.ts';
import { createNodeClient } from '../../client/node.ts';
import { LoginNotDoneError, LoginWaitsError } from '../../errors/cli.ts';
import type { McpServerBody } from '../../protocol/mcp.ts';
import { print, printError, printJson } from '../../terminal/output.ts';
import { toOneLine } from '../../terminal/text.ts';
import type { CliContext } from '../kit/context.ts';

/** Milliseconds between two polls of the login's state, and the limit for the first connection after it. */
const POLL_INTERVAL = 300;
const CONNECT_LIMIT = 10_000;

export async function logInToServer(
  { target, json }: CliContext,
  name: string,
  timeout: number,
): Promise<void> {
  const client = createNodeClient(target);
  const begun = await client.beginMcpLogin(name);
  if (json) printJson(begun);
  else printLoginPrompt(name, begun.url);
  const stop = json ? () => {} : acceptPastedAddress(client);
  try {
    await waitForLogin(client, begun, performance.now() + timeout);
    if (!json) printError('Logged in. Connecting …');
    const server = await waitForConnection(client, name);
    if (json) printJson(server);
    else print(describeLogin(server));
  } finally {
    stop();
  }
}

/** Prints the login instructions on stderr and only the URL on stdout, so that it can be piped. */
function printLoginPrompt(name: string, url: string): void {
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
function acceptPastedAddress(client: Client): () => void {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    if (line.trim() === '') return;
    client.finishMcpLogin(line.trim()).catch((error: Error) => printError(error.message));
  });
  return () => lines.close();
}

async function waitForLogin(
  client: Client,
  { server: name, login }: { server: string; login: string },
  deadline: number,
): Promise<void> {
  for (;;) {
    const state = (await fetchServer(client, name))?.login;
    if (state?.last?.login === login) {
      if (state.last.error === null) return;
      throw new LoginNotDoneError(name, state.last.error);
    }
    if (state !== undefined && state.pending?.login !== login) {
      throw new LoginNotDoneError(name, 'it timed out, or another login replaced it');
    }
    if (performance.now() > deadline) throw new LoginWaitsError(name);
    await delay(POLL_INTERVAL);
  }
}

/** Waits for the first connection after the login, so that a server that still refuses is reported at once. */
async function waitForConnection(client: Client, name: string): Promise<McpServerBody | undefined> {
  const deadline = performance.now() + CONNECT_LIMIT;
  for (;;) {
    const server = await fetchServer(client, name);
    if (server?.state === 'ready' || performance.now() > deadline) return server;
    await delay(POLL_INTERVAL);
  }
}

/** Fetches the state of a server; `undefined` while the daemon is unreachable or has not loaded its servers yet. */
async function fetchServer(client: Client, name: string): Promise<McpServerBody | undefined> {
  try {
    return (await client.listMcpServers()).servers.find(({ server }) => server === name);
  } catch (error) {
    if (isRetryable(error)) return undefined;
    throw error;
  }
}

function describeLogin(server: McpServerBody | undefined): string {
  if (server?.state !== 'ready') {
    const why = toOneLine(server?.error ?? 'it is still connecting', 300);
    return `Logged in, but not connected yet: ${why}. Check with \`midturn mcp ls\`.`;
  }
  return `Logged in to ${server.server}: connected, ${server.tools} ${server.tools === 1 ? 'tool' : 'tools'}.`;
}
