import { describe, expect, it } from 'vitest';
import { midturn } from '../integration/cli/midturn.ts';
import {
  createFetchCall,
  createScriptedAgent,
  openStage,
  reachesStage,
  startTestDaemon,
  waitForClosedInput,
} from './stage.ts';

const SESSION = 'crash/ledger';

describe('[F1] the ledger of effects after a kill -9', () => {
  it('shows an unknown outcome for a write, and two attempts for an idempotent call', async (t) => {
    const stage = await openStage(t);
    const daemon = await startTestDaemon(t, {
      ...createScriptedAgent([
        { tools: [createFetchCall(stage, 'before', 'POST')] },
        {
          tools: [
            createFetchCall(stage, 'put', 'PUT'),
            createFetchCall(stage, 'post', 'POST'),
            createFetchCall(stage, 'get'),
          ],
        },
        { text: 'Done.' },
      ]),
      tools: reachesStage,
    });
    for (const name of ['put', 'post', 'get']) stage.setPart(name, () => {});
    await daemon.client.sendMessage(SESSION, { id: 'a', text: 'go' });
    for (const name of ['put', 'post', 'get']) await stage.waitForRequests(1, name);
    const before = await daemon.client.readEffects(SESSION);
    expect(before.effects.map(({ outcome }) => outcome)).toEqual(['finished', 'running', 'running']);
    for (const name of ['put', 'get']) stage.setPart(name, (response) => response.end('at last'));
    await daemon.killGeneration();
    await waitForClosedInput(daemon, SESSION, 'a');
    expect(stage.countRequests('post')).toBe(1);

    const listed = await midturn(daemon.home.root, ['sessions', 'effects', SESSION, '--json']);
    const { effects } = JSON.parse(listed.stdout);
    expect(effects).toMatchObject([
      { call: '1.1', tool: 'http_fetch', effect: 'write', attempts: 1, outcome: 'finished' },
      { call: '2.1', effect: 'idempotent', attempts: 2, outcome: 'finished' },
      { call: '2.2', effect: 'write', attempts: 1, outcome: 'unknown', input: { method: 'POST' } },
    ]);
    expect(effects[1].key).toBe(before.effects[1]?.key);
    const table = await midturn(daemon.home.root, [
      'sessions',
      'effects',
      SESSION,
      '-n',
      '2',
      '--after',
      '7',
    ]);
    expect(table.stdout).toMatch(
      /^ *SEQ +STARTED +TOOL +EFFECT +TRIES +OUTCOME +TOOK +ARGUMENTS\n.*idempotent +2 +finished .*"method":"PUT".*\n.*write +1 +unknown .*\n$/,
    );
  });
});
