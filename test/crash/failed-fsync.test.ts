import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { expect, it, type TestContext } from 'vitest';
import { createNodeTransport } from '../../src/client/node.ts';
import { callJson } from '../../src/client/transport/transport.ts';
import type { Daemon } from '../support/daemon.ts';
import { followAcrossRestarts } from './patience.ts';
import { createScriptedAgent, startTestDaemon, waitForClosedInput } from './stage.ts';

/** Whether `strace` is available, which makes system calls of another process fail; not every machine has it. */
const canTrace = spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0;

it.skipIf(!canTrace)(
  '[A2] [A3] a message whose fsync failed is answered truthfully, and runs once when it is sent again',
  async (t) => {
    const daemon = await startTestDaemon(t, createScriptedAgent([{ text: 'Paid: {input}.' }]));
    await daemon.client.sendAndWait('warm/up', { text: 'hello' }, 20);
    const message = { id: 'pay-1', text: 'pay 100 to bob' };
    const tracer = await failSyncs(t, daemon);
    const call = { method: 'POST', path: '/v1/sessions/pay/messages', body: message };
    const daemonCall = callJson(createNodeTransport({ socketPath: daemon.home.socket }), call);
    await expect(daemonCall).rejects.toMatchObject({
      code: 'journal_unavailable',
      status: 503,
      details: expect.objectContaining({ accepted: 'unknown' }),
      message: expect.stringContaining('may or may not have been accepted'),
    });
    await daemon.killAll();
    tracer.kill('SIGKILL');
    await daemon.startUp();
    await daemon.client.sendMessage('pay', message);
    expect(await waitForClosedInput(daemon, 'pay', 'pay-1')).toMatchObject({ outcome: 'answered' });
    await daemon.client.sendMessage('pay', { id: 'last', text: 'the end' });
    await waitForClosedInput(daemon, 'pay', 'last');
    const received: string[] = [];
    for await (const event of followAcrossRestarts(daemon.client, 'pay')) {
      if (event.type === 'input_received') received.push(event.input.id);
      if (event.type === 'turn_finished' && event.inputs.includes('last')) break;
    }
    expect(received).toEqual(['pay-1', 'last']);
  },
);

/** Makes every further fsync of the generation fail, as on a broken disk. */
async function failSyncs({ onTestFinished }: TestContext, daemon: Daemon): Promise<ChildProcess> {
  const inject = 'inject=fdatasync,fsync:error=EIO';
  const pid = String(daemon.generationPid);
  const args = ['-f', '-o', '/dev/null', '-e', 'trace=fdatasync,fsync', '-e', inject, '-p', pid];
  const tracer = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => void tracer.kill('SIGKILL'));
  // strace reports when it is attached.
  for await (const said of tracer.stderr) if (String(said).includes('attached')) return tracer;
  throw new Error('strace has ended');
}
