import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, it, type TestContext } from 'vitest';
import { createTestDaemon } from '../../crash/stage.ts';
import { readAddress } from '../../support/address.ts';
import { requestJson } from '../../support/http-request.ts';
import { midturn, temporaryHome } from '../cli/midturn.ts';

const TOKEN = 'a-long-enough-token-of-the-test';

/** A port that is free now. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/** A daemon that has never had a valid file. */
async function inRescue(t: TestContext, content: string) {
  const daemon = createTestDaemon(t, {});
  writeFileSync(daemon.home.config, content);
  await daemon.startUp();
  expect(daemon.log.find(({ msg }) => msg === 'generation:serving')).toMatchObject({ mode: 'rescue' });
  return daemon;
}

it.each([
  ['wrong by its meaning', ', "limits": { "turns": "many" } }'],
  ['no JSON', ', "limits": { "turns" 5 } }'],
])('[E9] rescue mode listens where a file says that is %s', async (_, rest) => {
  const port = await freePort();
  const home = temporaryHome();
  writeFileSync(
    `${home}/midturn.jsonc`,
    `{ "listen": "127.0.0.1:${port}", "auth": { "tokens": ["${TOKEN}"] }${rest}`,
  );
  const started = await midturn(home, ['start']);
  try {
    expect(started.code).toBe(78);
    expect(started.stderr).toMatch(/is in rescue mode and runs no session\. .*midturn\.jsonc:1:/);
    expect(started.stdout).toContain(`http://127.0.0.1:${port}`);
    const url = `http://127.0.0.1:${port}/v1/status`;
    expect(await requestJson(url, 'GET')).toMatchObject({ status: 401 });
    const authorization = `Bearer ${TOKEN}`;
    expect(await requestJson(url, 'GET', undefined, { authorization })).toMatchObject({
      body: { mode: 'rescue' },
    });
  } finally {
    await midturn(home, ['stop']);
  }
});

it.concurrent('[K1] rescue mode never opens another address than loopback without a token', async (t) => {
  const daemon = await inRescue(t, '{ "listen": "0.0.0.0:0", "auth": { "tokens": [5] }, "limits": 1 }');
  expect(readAddress(daemon.home)).toMatch(/^127\.0\.0\.1:/);
});

it.concurrent('[E9] rescue mode uses the default when the address is what is wrong', async (t) => {
  const daemon = await inRescue(t, '{ "listen": "::1:7717" }');
  expect(readAddress(daemon.home)).toMatch(/^127\.0\.0\.1:/);
});
