import { describe, expect, it, type TestContext } from 'vitest';
import { handOver, thinkingDaemon } from '../../support/handovers.ts';
import { type Turn, textOf } from '../../support/model-server.ts';
import { Midturn } from '../cli/midturn.ts';

describe('[D6] the participants of a conversation', () => {
  it('are told about restarts once, and only where a turn was active', async (t) => {
    const { busy, idle } = await talk(t, {});
    expect(busy).toBe(
      'half an \n… interrupted: the daemon restarted; resuming\nhalf an \nthe whole answer\n',
    );
    expect(idle).toBe('here\nhere\n');
  });

  it('are told nothing when notes are switched off', async (t) => {
    const { busy, idle } = await talk(t, { notify: false });
    expect(busy).not.toContain('restarted');
    expect(busy).toMatch(/\nthe whole answer\n$/);
    expect(idle).toBe('here\nhere\n');
  });
});

/** Runs one conversation in the middle of an answer and one idle conversation, while the daemon restarts twice. */
async function talk(t: TestContext, more: object) {
  const { daemon, server } = await thinkingDaemon(t, script, () => ({
    handover: { modelGrace: '100ms', ...more },
  }));
  const { root } = daemon.home;
  const idle = new Midturn(root, ['chat', 'idle']);
  idle.type('hello');
  await idle.until(/here/);
  const busy = new Midturn(root, ['chat', 'busy']);
  busy.type('tell me');
  await busy.until(/half/);
  const calls = server.calls.get(1) ?? 0;
  for (const restart of [1, 2]) {
    await handOver(daemon);
    await server.waitUntil((each) => each.calls.get(1) === calls + restart);
  }
  idle.type('still there?');
  await idle.until(/here\nhere/);
  for (const chat of [idle, busy]) chat.process.stdin.end();
  const [told, quiet] = await Promise.all([busy.ended, idle.ended]);
  return { busy: told.stdout, idle: quiet.stdout };
}

function script(messages: { role: string; content?: unknown }[]): Turn {
  if (textOf(messages.find(({ role }) => role === 'user')?.content) !== 'tell me') return { text: 'here' };
  const both = messages.some(({ content }) => textOf(content).includes('restarted 2 times'));
  return both ? { text: 'the whole answer' } : { text: 'half an ', hold: new Promise(() => {}) };
}
