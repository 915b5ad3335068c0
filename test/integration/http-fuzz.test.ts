import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfiguredHome } from '../support/configured.ts';
import { type HttpWorld, startHttp } from '../support/http.ts';
import { fuzzBytes, fuzzRequests } from '../support/http-fuzz.ts';

let world: HttpWorld;

beforeEach(async () => {
  world = await startHttp(
    new ConfiguredHome('{ "agents": { "main": { "model": "scripted/echo" } } }').option,
  );
});

afterEach(() => world.close());

async function healthy(): Promise<void> {
  const answer = await fetch(`${world.url}/v1/status`);
  expect(answer.status).toBe(200);
  expect(world.errors).toEqual([]);
}

describe('[K7] any request', () => {
  it('is answered with less than 500, and every refusal is a problem document', {
    timeout: 60_000,
  }, async () => {
    await fuzzRequests(world.url, 500);
    await healthy();
  });

  it('of raw bytes is answered with less than 500 or cut off', { timeout: 60_000 }, async () => {
    await fuzzBytes(world.url, 500);
    await healthy();
  });
});
