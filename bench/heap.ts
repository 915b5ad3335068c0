import { once } from 'node:events';
import type { Daemon } from '../test/support/daemon.ts';

/** Environment for a daemon whose generation accepts a debugger on any free port. */
export const DEBUGGED = { NODE_OPTIONS: '--inspect-port=0' };

/**
 * Returns the megabytes that the generation uses in objects and buffers after a garbage collection. The
 * resident memory that the kernel reports varies by more than that.
 */
export async function heapOf(daemon: Daemon): Promise<number> {
  const socket = new WebSocket(await debuggerOf(daemon));
  await once(socket, 'open');
  await callDebugger(socket, 'HeapProfiler.collectGarbage');
  const { usedSize, backingStorageSize = 0 } = await callDebugger(socket, 'Runtime.getHeapUsage');
  socket.close();
  return (Number(usedSize) + Number(backingStorageSize)) / 1024 ** 2;
}

const LISTENING = /Debugger listening on (ws:\S+)/;

/** Opens the debugger and returns its address; a second request returns the same address. */
async function debuggerOf(daemon: Daemon): Promise<string> {
  process.kill(daemon.generationPid, 'SIGUSR1');
  for (;;) {
    const address = LISTENING.exec(daemon.output)?.[1];
    if (address) return address;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function callDebugger(socket: WebSocket, method: string): Promise<Record<string, unknown>> {
  socket.send(JSON.stringify({ id: 1, method }));
  const [{ data }] = await once(socket, 'message');
  return JSON.parse(String(data)).result;
}
