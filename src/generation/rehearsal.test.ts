import { expect, it, onTestFinished } from 'vitest';
import { depsOf, startHttp } from '../../test/support/http.ts';
import { createReferenceSnapshot } from '../config/secrets/references.ts';
import { createSkillCatalog } from '../tools/skills/shelf.ts';
import { resolveHome } from '../util/home.ts';
import { LiveConfig } from './live-config.ts';
import { runRehearsal } from './rehearsal.ts';

/** A provider that cannot be reached: a call to it would get no answer. */
const SOURCE = JSON.stringify({
  auth: { tokens: ['a-token-of-sixteen-or-more'] },
  providers: { away: { type: 'openai', apiKey: 'key', baseUrl: 'http://127.0.0.1:1/v1' } },
  agents: { main: { model: 'away/model' } },
});

async function generation() {
  const world = await startHttp({ config: { tokens: ['a-token-of-sixteen-or-more'] } });
  onTestFinished(() => world.close());
  const place = { home: resolveHome('/srv/midturn'), shelf: createSkillCatalog(() => {}) };
  const live = new LiveConfig(
    { revision: 1, source: SOURCE, origin: 'file', given: createReferenceSnapshot() },
    place,
  );
  let offered = 0;
  const list = () => {
    offered += 1;
    return [];
  };
  return { world, offered: () => offered, parts: { live, tools: { get: () => undefined, list } } };
}

it('a rehearsal runs whole turns with the real tools, and leaves no trace in the real journal', async () => {
  const { world, offered, parts } = await generation();
  await runRehearsal(parts, depsOf(world));
  expect(offered()).toBeGreaterThanOrEqual(5);
  expect(await world.engine.journal.listSessions({ limit: 10 })).toEqual([]);
  expect(world.errors).toEqual([]);
});

it('a generation that refuses the messages of its rehearsal says so', async () => {
  const { world, parts } = await generation();
  const config = () => {
    throw new Error('There is none.');
  };
  await expect(runRehearsal(parts, { ...depsOf(world), config })).rejects.toThrow(
    /^The rehearsal was refused: .*"status":500/,
  );
});
