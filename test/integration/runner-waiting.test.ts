import { expect, it } from 'vitest';
import type { Model } from '../../src/models/model.ts';
import { createModels } from '../../src/models/registry.ts';
import { type Engine, startEngine } from '../support/engine.ts';

/** Enough for anything here that is not stuck. */
const SOON = { timeout: 5_000 };

/** Models of one provider with one place, whose calls wait until they are let through. */
function heldModels() {
  const inner = createModels({
    scripted: { type: 'scripted', concurrency: 1, scripts: { test: [{ text: 'You said: {input}' }] } },
  }).get('scripted/test');
  const entered = Promise.withResolvers<void>();
  const open = Promise.withResolvers<void>();
  const model: Model = {
    specificationVersion: 'v4',
    provider: 'scripted',
    modelId: 'test',
    supportedUrls: {},
    doGenerate: (options) => inner.doGenerate(options),
    async doStream(options) {
      entered.resolve();
      await open.promise;
      return inner.doStream(options);
    },
  };
  return { models: { get: () => model, concurrency: () => 1 }, entered: entered.promise, open: open.resolve };
}

async function untilSession(
  { sessions, journal }: Engine,
  name: string,
  condition: (view: Awaited<ReturnType<Engine['sessions']['show']>>) => boolean,
) {
  for (;;) {
    if ((await journal.session(name)) && condition(await sessions.show(name))) return;
    await new Promise(setImmediate);
  }
}

describe('sessions that wait', SOON, () => {
  it('[A7] a place at the provider goes to the next one when the first in line was cancelled', async () => {
    const { models, entered, open } = heldModels();
    const engine = await startEngine({ ports: { models } });
    const first = engine.ask('first', 'one');
    await entered;
    const cancelled = engine.ask('cancelled', 'two');
    await untilSession(engine, 'cancelled', ({ turn }) => turn !== null);
    const last = engine.ask('last', 'three');
    await untilSession(engine, 'last', ({ turn }) => turn !== null);
    await engine.sessions.cancel('cancelled', {});
    expect(await cancelled).toMatchObject({ outcome: 'cancelled' });
    open();
    expect(await first).toMatchObject({ outcome: 'answered' });
    expect(await last).toMatchObject({ outcome: 'answered' });
  });
});
