import { readFileSync } from 'node:fs';
import { expect, it, type TestContext } from 'vitest';
import { createScriptedAgent, startTestDaemon, waitForClosedInput, waitForEvent } from '../crash/stage.ts';
import type { Daemon } from '../support/daemon.ts';
import { requestJson } from '../support/http-request.ts';
import { inPlace } from '../support/saves.ts';
import { midturn } from './cli/midturn.ts';
import { applied, textOf } from './config/stage.ts';

const ANN = 'the-token-of-ann-of-the-test';
const OPERATOR = 'the-token-of-the-operator';

const PATCH = { agents: { main: { instructions: 'Be thorough.' } } };
const KEY = 'agents.main.instructions';

/** An agent that wants to change what the operator has not listed, and then says what came of it. */
function config({ agent = {}, more = {} }: { agent?: object; more?: object } = {}) {
  const set = { name: 'config', input: { action: 'set', patch: PATCH } };
  const { providers, agents } = createScriptedAgent([{ tools: [set] }, { text: 'So: {result}' }]);
  return {
    providers,
    agents: { main: { ...agents['main'], instructions: 'Be brief.', ...agent } },
    tools: { config: { enabled: true } },
    ...more,
  };
}

async function asking(t: TestContext, of: Parameters<typeof config>[0] = {}) {
  const daemon = await startTestDaemon(t, config(of));
  await daemon.client.sendMessage('s', { id: 'a', text: 'be thorough' });
  return { daemon, id: await question(daemon) };
}

/** Id of the nth question of the session. */
async function question(daemon: Daemon, nth = 1): Promise<string> {
  let asked = 0;
  const event = await waitForEvent(daemon, 's', ({ type }) => {
    if (type === 'approval_requested') asked += 1;
    return asked === nth;
  });
  return event.type === 'approval_requested' ? event.approval : '';
}

/** What the agent says in the end. */
async function answer(daemon: Daemon): Promise<string | undefined> {
  expect(await waitForClosedInput(daemon, 's', 'a')).toMatchObject({ outcome: 'answered' });
  return (await daemon.client.readTranscript('s')).messages.at(-1)?.text;
}

function instructions({ home }: Daemon): unknown {
  return JSON.parse(readFileSync(home.config, 'utf8')).agents.main.instructions;
}

const changes = ({ log }: Daemon) => log.filter(({ msg }) => msg === 'config:changed_by_agent');

it('[E12] [G1] a change that is not listed waits for an approver; once approved, it is made once, and the log names the approver', async (t) => {
  const { daemon, id } = await asking(t);
  const { client, home } = daemon;
  expect(await client.getApproval(id)).toMatchObject({
    ...{ state: 'pending', tool: 'config', rule: '' },
    inquiry: { message: expect.stringContaining(`${KEY}: "Be brief." -> "Be thorough."`), fields: [] },
  });
  expect(await client.getSession('s')).toMatchObject({ status: 'waiting', waitsFor: 'approval' });
  expect(instructions(daemon)).toBe('Be brief.');
  const always = client.decideApproval('s', id, { decision: 'approve', scope: 'always' });
  await expect(always).rejects.toMatchObject({ code: 'answer_has_no_scope' });
  const done = await midturn(home.root, ['approvals', 'approve', id, '--from', 'ann'], { test: t });
  expect(done.code).toBe(0);
  expect(await answer(daemon)).toMatch(new RegExp(`^So: Revision \\d+: ${KEY}`));
  expect(instructions(daemon)).toBe('Be thorough.');
  expect(changes(daemon)).toEqual([
    expect.objectContaining({ session: 's', call: '1.1', approvedBy: 'ann', keys: [KEY] }),
  ]);
  expect((await client.readEffects('s')).effects).toMatchObject([
    { effect: 'idempotent', outcome: 'finished' },
  ]);
});

it('[E12] denied, nothing is changed, and the agent is told by whom and why', async (t) => {
  const { daemon, id } = await asking(t);
  await daemon.client.decideApproval('s', id, { decision: 'deny', from: 'ann', note: 'not on a Friday' });
  expect(await answer(daemon)).toBe(
    `So: This call was not run: the change of ${KEY} was denied by ann: not on a Friday.`,
  );
  expect([instructions(daemon), changes(daemon)]).toEqual(['Be brief.', []]);
});

it('[E12] [G3] changes nothing when no approver decides in time', async (t) => {
  const { daemon, id } = await asking(t, { agent: { approvals: { timeout: '1s' } } });
  expect(await answer(daemon)).toBe(
    `So: This call was not run: no approver approved the change of ${KEY} in time.`,
  );
  expect(await daemon.client.getApproval(id)).toMatchObject({ state: 'expired' });
  expect(instructions(daemon)).toBe('Be brief.');
});

it('[E12] approved, it is not made when the file says something else there by now', async (t) => {
  const { daemon, id } = await asking(t);
  const { client, home } = daemon;
  inPlace(home.config, textOf(config({ agent: { instructions: 'Be kind.' } })));
  await applied(daemon, 2);
  await client.decideApproval('s', id, { decision: 'approve' });
  expect(await answer(daemon)).toMatch(
    /none of it was made\. agents\.main\.instructions: the change would now be "Be kind\." -> "Be thorough\."/,
  );
  expect([instructions(daemon), changes(daemon)]).toEqual(['Be kind.', []]);
});

it('[E12] [E5] an approved change is not made when the agent may no longer use the tool', async (t) => {
  const { daemon, id } = await asking(t);
  const { client, home } = daemon;
  inPlace(home.config, textOf(config({ agent: { tools: { config: 'deny' } } })));
  await applied(daemon, 2);
  await client.decideApproval('s', id, { decision: 'approve' });
  expect(await answer(daemon)).toMatch(/the operator does not allow this agent to use config/);
  expect([instructions(daemon), changes(daemon)]).toEqual(['Be brief.', []]);
});

it('[E12] [G1] the question survives kill -9 of everything, and the change is made once after it', async (t) => {
  const { daemon, id } = await asking(t);
  const { client } = daemon;
  await daemon.killAll();
  await daemon.startUp();
  expect(await client.listApprovals({ state: 'pending' })).toMatchObject({ approvals: [{ approval: id }] });
  expect(instructions(daemon)).toBe('Be brief.');
  await client.decideApproval('s', id, { decision: 'approve', from: 'ann' });
  expect(await answer(daemon)).toMatch(new RegExp(`^So: Revision \\d+: ${KEY}`));
  expect(instructions(daemon)).toBe('Be thorough.');
  expect(changes(daemon)).toHaveLength(1);
});

it('[E12] [F1] killed as soon as it is approved, the change is made all the same, and not asked about again', async (t) => {
  const { daemon, id } = await asking(t);
  const { client } = daemon;
  await client.decideApproval('s', id, { decision: 'approve' });
  await daemon.killAll();
  await daemon.startUp();
  expect(await answer(daemon)).toMatch(/^So: (Revision|Nothing changed)/);
  expect(instructions(daemon)).toBe('Be thorough.');
  expect((await client.listApprovals({ session: 's' })).approvals).toHaveLength(1);
});

it('[E12] a standing approval of the tool is none of a change that is not listed', async (t) => {
  const { daemon, id } = await asking(t, { agent: { tools: { config: 'ask' } } });
  const { client } = daemon;
  expect(await client.getApproval(id)).toMatchObject({ rule: 'config', inquiry: null });
  await client.decideApproval('s', id, { decision: 'approve', scope: 'always' });
  const own = await question(daemon, 2);
  expect(instructions(daemon)).toBe('Be brief.');
  await client.decideApproval('s', own, { decision: 'approve' });
  expect(await answer(daemon)).toMatch(/^So: Revision/);
  await client.sendMessage('s', { id: 'b', text: 'once more' });
  expect(await waitForClosedInput(daemon, 's', 'b')).toMatchObject({ outcome: 'answered' });
  expect((await client.listGrants()).grants).toMatchObject([{ rule: 'config' }]);
});

it('[E12] [K3] a token of a person does not decide about the configuration, unless the operator has named the person', async (t) => {
  const auth = { tokens: [OPERATOR], people: { ann: ANN } };
  const { daemon, id } = await asking(t, { more: { auth } });
  const decide = (token: string) => {
    const url = `http://${daemon.log.find(({ msg }) => msg === 'supervisor:listening')?.['address']}`;
    const path = `${url}/v1/sessions/s/approvals/${id}`;
    return requestJson(path, 'POST', { decision: 'approve' }, { authorization: `Bearer ${token}` });
  };
  expect(await decide(ANN)).toMatchObject({ status: 403, body: { code: 'operator_only' } });
  expect(await daemon.client.getApproval(id)).toMatchObject({ state: 'pending' });
  const named = { agent: { approvals: { approvers: ['ann'] } }, more: { auth } };
  inPlace(daemon.home.config, textOf(config(named)));
  await applied(daemon, 2);
  expect((await decide(ANN)).status).toBe(202);
  expect(await answer(daemon)).toMatch(/^So: Revision/);
  expect(changes(daemon)).toMatchObject([{ approvedBy: 'ann' }]);
});
