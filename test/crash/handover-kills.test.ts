import { describe, expect, it } from 'vitest';
import { Daemon, type LogLine } from '../support/daemon.ts';
import { ModelServer, type Turn, textOf } from '../support/model-server.ts';

/** The process that is killed. */
type Victim = 'old' | 'new' | 'supervisor';

/** The log line of the handover after which the process is killed. */
const MOMENTS: Record<string, (line: LogLine) => boolean> = {
  'the new generation boots': ({ msg }) => msg === 'generation:started',
  'it serves': ({ msg, generation }) => msg === 'generation:serving' && generation === 2,
  'the old one drains': ({ msg, generation }) => msg === 'generation:draining' && generation === 1,
  'the session has moved': ({ msg, type }) => msg === 'generation:said' && type === 'moved',
};

describe('a kill -9 in the middle of a handover', () => {
  for (const [moment, at] of Object.entries(MOMENTS)) {
    for (const victim of ['old', 'new', 'supervisor'] as const) {
      it.concurrent(`[J2] [C7] of the ${victim}, when ${moment}: the turn continues, once`, async (t) => {
        await play(t.onTestFinished, victim, at);
      });
    }
  }
});

async function play(
  onTestFinished: (end: () => Promise<void>) => void,
  victim: Victim,
  at: (line: LogLine) => boolean,
): Promise<void> {
  const held = Promise.withResolvers<void>();
  const server = await ModelServer.open(script);
  onTestFinished(() => server.close());
  server.holdTool('read', held.promise);
  const daemon = new Daemon(server.config);
  onTestFinished(() => daemon.dispose());
  await daemon.startUp();
  await daemon.client.sendMessage('s', { text: 'go', id: 'a' });
  await server.waitUntil(({ tools }) => tools.has('read'));

  const pids = watchPids(daemon);
  const moment = daemon.waitForLog(at);
  const moved = daemon.waitForLog(({ msg, type }) => msg === 'generation:said' && type === 'left');
  void daemon.client.restart('the test').catch(() => {});
  // The step ends as soon as the old generation has started to drain.
  void moved.then(() => held.resolve());
  await moment;
  const gone = daemon.waitForLog(({ msg }) => msg === 'test:exit');
  const serving = daemon.waitForLog(({ msg }) => msg === 'generation:serving');
  kill(victim === 'supervisor' ? daemon.supervisorPid : pids[victim]());
  held.resolve();
  if (victim === 'supervisor') {
    await gone;
    await daemon.startUp();
  } else if (victim === 'new') await Promise.race([serving, answered(daemon)]);
  const events = await answered(daemon);

  const outcomes = events.filter(({ type }) => type === 'turn_finished');
  expect(outcomes).toHaveLength(1);
  const { messages } = await daemon.client.readTranscript('s', { limit: 100 });
  expect(messages.filter(({ role }) => role === 'assistant').map(({ text }) => text)).toEqual([
    'first',
    'second',
    'done',
  ]);
  // `write` calls are never made twice, and a finished step never starts again.
  expect(server.tools.get('write')).toBe(1);
  const finished = events.flatMap((event) => (event.type === 'model_call_finished' ? [event.step] : []));
  expect(finished).toEqual([1, 2, 3]);
  const status = await daemon.client.getStatus();
  expect(status).toMatchObject({ mode: 'normal' });
  expect(await daemon.client.sendAndWait('t', { text: 'are you there?' }, 30)).toMatchObject({
    outcome: 'answered',
  });
}

/** Returns the pids of the generations in the order in which they started. */
function watchPids(daemon: Daemon) {
  const started = () => daemon.log.filter(({ msg }) => msg === 'generation:started');
  return {
    old: () => Number(started()[0]?.['pid']),
    new: () => Number(started()[1]?.['pid']),
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function answered({ client }: Daemon) {
  const signal = AbortSignal.timeout(60_000);
  while (!signal.aborted) {
    try {
      for await (const item of client.followSession('s', 0, signal)) {
        if (item.kind === 'event' && item.event.type === 'turn_finished') {
          return (await client.readEvents('s', { limit: 1000 })).events;
        }
      }
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error('the turn did not end in time');
}

function script(messages: { role: string; content?: unknown }[], server: ModelServer): Turn {
  const said = messages.findLast(({ role }) => role === 'user');
  if (textOf(said?.content) === 'are you there?') return { text: 'yes' };
  const call = messages.filter(({ role }) => role === 'assistant').length + 1;
  if (call === 1)
    return { text: 'first', tools: [server.fetchCall('read'), { name: 'list_files', input: {} }] };
  return call === 2 ? { text: 'second', tools: [server.fetchCall('write', 'POST')] } : { text: 'done' };
}
