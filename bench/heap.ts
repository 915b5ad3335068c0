import { once } from 'node:events';
import type { Daemon } from '../test/support/daemon.ts';

/** Start the daemon with this environment: its generation then takes a debugger on whichever port is free. */
export const DEBUGGED = { NODE_OPTIONS: '--inspect-port=0' };

/**
 * Megabytes of the generation that are in use, in objects and in buffers, after garbage was collected. What the kernel
 * counts as resident goes up and down by more than that from one look to the next.
 */
export async function heapOf(daemon: Daemon): Promise<number> {
  const socket = new WebSocket(await debuggerOf(daemon));
  await once(socket, 'open');
  await ask(socket, 'HeapProfiler.collectGarbage');
  const { usedSize, backingStorageSize = 0 } = await ask(socket, 'Runtime.getHeapUsage');
  socket.close();
  return (Number(usedSize) + Number(backingStorageSize)) / 1024 ** 2;
}

const LISTENING = /Debugger listening on (ws:\S+)/;

/** To ask twice is harmless: the first address stays. */
async function debuggerOf(daemon: Daemon): Promise<string> {
  process.kill(daemon.generationPid, 'SIGUSR1');
  for (;;) {
    const address = LISTENING.exec(daemon.output)?.[1];
    if (address) return address;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function ask(socket: WebSocket, method: string): Promise<Record<string, unknown>> {
  socket.send(JSON.stringify({ id: 1, method }));
  const [{ data }] = await once(socket, 'message');
  return JSON.parse(String(data)).result;
}
