import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createReferenceSnapshot } from '../config/secrets/references.ts';
import { createMemoryJournal } from '../journal/memory/memory.ts';
import type { BootMessage } from '../supervisor/ipc/messages.ts';
import { bindUnix } from '../supervisor/sockets/sockets.ts';
import { Generation, type ProcessPort } from './generation.ts';

const notice = { id: '1', cause: 'start', reason: '', keys: [], revision: { from: null, to: 1 } } as const;

/** Starts a generation in this process that serves on a unix socket. */
async function serving() {
  const home = mkdtempSync(join(tmpdir(), 'midturn-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const { listener, close } = bindUnix(join(home, 'api.sock'));
  onTestFinished(close);
  const source = JSON.stringify({ logging: { level: 'error' } });
  const boot: BootMessage = {
    type: 'boot',
    home,
    mode: 'normal',
    listeners: [listener],
    socket: join(home, 'private.sock'),
    config: { revision: 1, source, origin: 'file', given: createReferenceSnapshot() },
  };
  const outside: ProcessPort = { sendMessage() {}, drainAndExit() {} };
  const generation = await Generation.bootFrom(boot, Promise.resolve(createMemoryJournal()), outside);
  await generation.startServing({
    type: 'serve',
    alive: [],
    served: false,
    crashed: null,
    notice: { ...notice, keys: [] },
  });
  return { generation, api: listener.address, private: boot.socket };
}

it('[C6] [J10] a clock that is set forward during a drain cuts no client that is still sending a message', async () => {
  const { generation, api, private: socketPath } = await serving();
  const [texts]: IncomingMessage[] = await once(request({ socketPath, path: '/text' }).end(), 'response');
  // The stream is cut, which is an error for its reader.
  const cut = texts && once(texts.resume(), 'end').catch(() => {});
  const headers = { 'content-type': 'application/json', expect: '100-continue' };
  const sent = request({ socketPath: api, method: 'POST', path: '/v1/sessions/s/messages', headers });
  sent.flushHeaders();
  await once(sent, 'continue');
  const now = Date.now();
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now });
  onTestFinished(() => void vi.useRealTimers());
  let drained = false;
  const drain = generation.startDraining('the test', 60_000).then(() => {
    drained = true;
  });
  vi.setSystemTime(now + 3_600_000);
  // From now on only the sending client is waited for.
  await cut;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(drained).toBe(false);
  sent.end('{"text": "hello"}');
  const [answer]: IncomingMessage[] = await once(sent, 'response');
  expect(answer?.statusCode).toBe(202);
  answer?.resume();
  await drain;
});
