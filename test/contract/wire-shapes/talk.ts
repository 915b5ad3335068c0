import { expect } from 'vitest';
import type { z } from 'zod';
import { systemClock } from '../../../src/engine/port/ports.ts';
import type { AgentSettings } from '../../../src/engine/port/settings.ts';
import { answer, receipt } from '../../../src/protocol/messages.ts';
import { testTool } from '../../support/engine.ts';
import { type HttpWorld, startHttp } from '../../support/http.ts';

/** The JSON that clients rely on, byte for byte. A change here is a change of the public interface. */

export const NOW = 1_700_000_000_000;
export const waiting = { prefer: 'wait=20' };

/** Starts an API whose clock shows `NOW`, with an agent that calls `look` once and answers with the result. */
export function startLookingAgent(agent: Partial<AgentSettings> = {}): Promise<HttpWorld> {
  const script = [
    { text: 'Looking.', tools: [{ name: 'look', input: { at: 'x' } }] },
    { text: 'It is {result}.' },
  ];
  const tools = [testTool('look', () => 'blue', { effect: () => 'read' })];
  return startHttp({ script, tools, agent, clock: { ...systemClock, now: () => NOW } });
}

/** Returns functions that send a request and check that the answer has exactly the fields of its schema. */
export function createTalk(world: () => HttpWorld) {
  async function ask<S extends z.ZodType>(
    schema: S,
    path: string,
    body?: object,
    headers = {},
    method = 'POST',
  ) {
    const answered = await fetch(world().url + path, {
      ...(body ? { method, body: JSON.stringify(body) } : {}),
      headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
    });
    const json: unknown = await answered.json();
    expect(schema.parse(json)).toEqual(json);
    return { status: answered.status, type: answered.headers.get('content-type'), json };
  }

  const say = (id: string, headers = {}) =>
    ask(
      headers === waiting ? answer : receipt,
      '/v1/sessions/a%2F1/messages',
      { text: 'hi', id, from: 'ann' },
      headers,
    );

  return { ask, say };
}
