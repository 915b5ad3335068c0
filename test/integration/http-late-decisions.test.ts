import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryJournal } from '../../src/journal/memory/memory.ts';
import { TestClock } from '../support/clock.ts';
import { pendingQuestion, testTool, toolCallPart } from '../support/engine.ts';
import { type HttpWorld, startHttp } from '../support/http.ts';
import { requestJson } from '../support/http-request.ts';

const PATIENCE = 60_000;

describe('a decision over HTTP at about the moment in which its question expires', {
  timeout: 10_000,
}, () => {
  let world: HttpWorld | undefined;
  afterEach(() => world?.close());

  it('[G1] holds when it was accepted before the expiry was recorded', async () => {
    const { decide, atEnd, clock, state, runs } = await asking();
    atEnd.store = true;
    const answer = decide();
    await atEnd.held;
    await clock.advanceBy(PATIENCE);
    expect((await answer).status).toBe(202);
    expect(await state()).toBe('approved');
    expect(runs()).toBe(1);
  });

  it('[G1] is answered 409 as soon as the time is over, also before the expiry is recorded', async () => {
    const { decide, clock, state, runs } = await asking();
    clock.setWallClock('2026-03-01T12:01:00Z');
    const answer = await decide();
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ code: 'approval_closed', state: 'expired' });
    expect(await state()).toBe('expired');
    expect((await decide()).status).toBe(409);
    expect(runs()).toBe(0);
  });

  it('[G1] is shown as taken from its receipt on, before the session has recorded it', async () => {
    const { atEnd, decide, show, list, clock } = await asking();
    atEnd.hold = true;
    expect((await decide()).status).toBe(202);
    expect(await show()).toMatchObject({ state: 'approved', resolvedAt: expect.any(Number) });
    expect(await list('pending')).toEqual([]);
    const again = await decide();
    expect([again.status, await again.json()]).toMatchObject([409, { state: 'approved' }]);
    atEnd.release();
    await clock.advanceBy(1);
    expect(await show()).toMatchObject({ state: 'approved' });
  });

  it('[A7] a cancel that was accepted before the last answer was recorded cancels the turn', async () => {
    const { atEnd, clock, decide, cancel } = await asking();
    atEnd.type = 'turn_finished';
    atEnd.store = true;
    const accepted = cancel();
    await atEnd.held;
    await decide();
    await clock.advanceBy(1);
    expect((await accepted).status).toBe(202);
    const { last } = (await world?.engine.sessions.viewSession('s')) ?? {};
    expect(last).toMatchObject({ outcome: 'cancelled' });
  });

  /** A turn that waits for leave; an input that is sent while `store` is set is stored right before the next end. */
  async function asking() {
    const clock = new TestClock('2026-03-01T12:00:00Z');
    const journal = createMemoryJournal();
    const [deliver, append] = [journal.deliver.bind(journal), journal.append.bind(journal)];
    let storeHeld: () => Promise<unknown> = async () => undefined;
    let hold: () => void = () => {};
    const atEnd = {
      type: 'approval_resolved',
      store: false,
      held: new Promise<void>((resolve) => (hold = resolve)),
      /** The append of the next end waits for `release`. */
      hold: false,
      release: () => {},
    };
    journal.deliver = (delivery) => {
      if (!atEnd.store) return deliver(delivery);
      atEnd.store = false;
      return new Promise((resolve, reject) => {
        storeHeld = () => deliver(delivery).then(resolve, reject);
        hold();
      });
    };
    journal.append = async (batch) => {
      const ends = batch.events.some(({ type }) => type === atEnd.type);
      if (ends && atEnd.hold) await new Promise<void>((resolve) => (atEnd.release = resolve));
      if (ends) await storeHeld();
      return append(batch);
    };
    let count = 0;
    const run = () => {
      count += 1;
      return 'deployed';
    };
    world = await startHttp({
      ...{ journal, clock, tools: [testTool('deploy', run)] },
      script: [{ tools: [toolCallPart('deploy')] }, { text: 'done' }],
      agent: {
        decideOnCall: () => ({
          verdict: 'ask',
          rule: 'deploy',
          patience: PATIENCE,
          isGrantedBy: () => false,
        }),
      },
    });
    const { engine, url } = world;
    await engine.sessions.sendMessage('s', { id: 'm', text: 'deploy' });
    const approval = await pendingQuestion(engine, 's');
    const post = (path: string, body: object) =>
      fetch(`${url}/v1/sessions/s/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    return {
      ...{ atEnd, clock, runs: () => count },
      decide: () => post(`approvals/${approval}`, { decision: 'approve' }),
      cancel: () => post('cancel', {}),
      show: async () => (await fetch(`${url}/v1/approvals/${approval}`)).json(),
      list: async (state: string) => {
        const { body } = await requestJson(`${url}/v1/approvals?state=${state}`, 'GET');
        return body['approvals'];
      },
      async state() {
        await clock.advanceBy(1);
        return (await engine.journal.findApproval(approval))?.state;
      },
    };
  }
});
