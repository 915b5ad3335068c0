import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { Daemon } from '../support/daemon.ts';

/** A daemon whose agent changes the configuration as its script says, and then answers. */
async function daemonWith(keys: readonly string[], patch: object, more: object = {}): Promise<Daemon> {
  const set = { name: 'config', input: { action: 'set', patch } };
  const daemon = new Daemon({
    providers: {
      scripted: { type: 'scripted', scripts: { s: [{ tools: [set] }, { text: 'So: {result}' }] } },
    },
    agents: { main: { model: 'scripted/s', instructions: 'Be brief.' } },
    tools: { config: { enabled: true, keys, ...more } },
  });
  onTestFinished(() => daemon.dispose());
  await daemon.startUp();
  return daemon;
}

/** The wait ends with the process that waits; the work continues. */
async function answerOf({ client }: Daemon) {
  for (;;) {
    const answer = await client.sendAndWait('a', { text: 'be thorough', id: 'm1' }, 30);
    if ('outcome' in answer) return answer;
  }
}

const CHANGE = { agents: { main: { instructions: 'Be thorough.' } } };

it('[C5] the turn in which an agent changes its own configuration continues', async () => {
  const daemon = await daemonWith(['agents.*.instructions'], CHANGE);
  const { home, client } = daemon;
  const answer = await answerOf(daemon);
  expect(answer).toMatchObject({ outcome: 'answered', text: expect.stringMatching(/^So: Revision \d+/) });
  expect(JSON.parse(readFileSync(home.config, 'utf8')).agents.main.instructions).toBe('Be thorough.');
  const { events } = await client.readEvents('a');
  const set = events.filter(({ type }) => type === 'tool_call_started' || type === 'tool_call_finished');
  expect(set).toMatchObject([
    { type: 'tool_call_started', effect: 'idempotent' },
    { type: 'tool_call_finished', output: { type: 'text' } },
  ]);
  expect(daemon.log).toContainEqual(
    expect.objectContaining({ msg: 'config:changed_by_agent', session: 'a', call: '1.1' }),
  );
});

it('[E12] without approvals, a change that is not listed is refused, and the agent is told the key', async () => {
  const daemon = await daemonWith(['agents.*.model'], CHANGE, { unlisted: 'deny' });
  const { home } = daemon;
  const before = readFileSync(home.config, 'utf8');
  const answer = await answerOf(daemon);
  expect(answer).toMatchObject({
    outcome: 'answered',
    text: expect.stringMatching(/agents\.main\.instructions: `tools\.config\.keys` does not list it/),
  });
  expect(readFileSync(home.config, 'utf8')).toBe(before);
});
