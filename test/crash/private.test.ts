import { execFile } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { createNodeClient } from '../../src/client/node.ts';
import { readSupervisorStatus } from '../../src/supervisor/host/status-file.ts';
import type { Home } from '../../src/util/home.ts';
import { commandLine } from '../support/command-line.ts';
import { COMPLETION, createScriptedAgent, createTestDaemon, openStage, startTestDaemon } from './stage.ts';

const run = (home: Home, ...args: string[]) =>
  promisify(execFile)(process.execPath, [commandLine(), ...args, '--home', home.root]);

it('[K2] everything in the home is accessible only to its owner, even with an open umask', async (t) => {
  const daemon = createTestDaemon(
    t,
    createScriptedAgent([
      { tools: [{ name: 'shell', input: { command: 'umask > mask; seq 9999' } }] },
      { text: 'Done.' },
    ]),
  );
  const { home, client } = daemon;
  const umask = process.umask(0);
  try {
    await daemon.startUp();
    expect(await client.sendAndWait('a', { text: 'go' }, 20)).toMatchObject({ outcome: 'answered' });
    expect(openTo(home)).toEqual([]);
    await daemon.shutDown();
    await run(home, 'start');
    const started = openTo(home);
    await run(home, 'stop');
    expect(started).toEqual([]);
  } finally {
    process.umask(umask);
  }
  // Files of commands follow the commands' own umask, inside a folder that no other user can enter.
  expect(readFileSync(join(home.work, 'mask'), 'utf8')).toBe('0000\n');
  expect(readdirSync(home.root)).toEqual(expect.arrayContaining(['jobs', 'logs', 'run', 'state', 'work']));
});

it('[K4] secrets are stored only where they are used, even when the provider repeats them', async (t) => {
  const secrets = {
    K4_API_KEY: 'odd/+="key"%20-a81f6f0b5d',
    K4_HEADER: 'header-value-6d3c1f77aa',
    K4_TOKEN: 'token-0a9b8c7d6e5f4a3b',
    K4_VARIABLE: 'variable-55aa77cc99ee',
  };
  const stage = await openStage(t);
  stage.setPart(COMPLETION, (response, count, request) => {
    const { authorization, 'x-extra': extra } = request.headers;
    const message = `${authorization} and ${extra} (${encodeURIComponent(secrets.K4_API_KEY)}) are no good`;
    response.writeHead(count === 1 ? 503 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message, type: secrets.K4_API_KEY } }));
  });
  const config = {
    auth: { tokens: [reference('K4_TOKEN')] },
    providers: {
      staged: {
        type: 'openai-compatible',
        baseUrl: `${stage.url}/v1`,
        apiKey: reference('K4_API_KEY'),
        headers: { 'x-extra': reference('K4_HEADER') },
      },
      ...createScriptedAgent([{ tools: [{ name: 'shell', input: { command: 'true' } }] }, { text: 'Done.' }])
        .providers,
    },
    agents: {
      main: { model: 'staged/m', tools: { '*': 'allow' } },
      worker: { model: 'scripted/main', tools: { '*': 'allow' } },
    },
    tools: { shell: { env: { SECRET: reference('K4_VARIABLE') } } },
  };
  const daemon = await startTestDaemon(t, config, secrets);
  const { home, client } = daemon;
  const outputs: unknown[] = [];
  outputs.push(await client.sendAndWait('a', { text: 'go' }, 20));
  expect(outputs).toMatchObject([{ outcome: 'failed', reason: expect.stringContaining('[redacted]') }]);
  outputs.push(await client.sendAndWait('b', { text: 'go', agent: 'worker' }, 20));

  const url = `http://${readSupervisorStatus(home)?.address}`;
  const remote = createNodeClient({ url, token: secrets.K4_TOKEN });
  outputs.push(await remote.getStatus(), await remote.listSessions());
  outputs.push(await createNodeClient({ url, token: 'wrong' }).getStatus().catch(String));
  for (const session of ['a', 'b']) {
    outputs.push(
      await remote.getSession(session),
      await remote.readEvents(session),
      await remote.readTranscript(session),
    );
    outputs.push((await run(home, 'sessions', 'export', session)).stdout);
  }
  outputs.push(
    await promisify(execFile)(process.execPath, [commandLine(), 'config', 'show', '--home', home.root], {
      env: { ...process.env, ...secrets },
    }),
  );
  const whileUp = filesIn(home).map((path) => readFileSync(path, 'latin1'));
  await daemon.shutDown();
  const afterwards = filesIn(home).map((path) => readFileSync(path, 'latin1'));

  const haystack = [JSON.stringify(outputs), daemon.output, ...whileUp, ...afterwards].join('\n');
  expect(haystack).toContain('model_call_interrupted');
  for (const [name, secret] of Object.entries(secrets)) {
    for (const spelling of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]) {
      expect(haystack.includes(spelling), `${name} as ${spelling}`).toBe(false);
      expect(haystack.includes(JSON.stringify(spelling).slice(1, -1)), `${name} as ${spelling}`).toBe(false);
    }
  }
});

function reference(name: string): string {
  return `\${env:${name}}`;
}

/** Lists what other users could read, write or enter, except the configuration, which is its author's file. */
function openTo(home: Home): string[] {
  return entriesIn(home)
    .filter((path) => path !== home.config && (lstatSync(path).mode & 0o077) !== 0)
    .map((path) => `${relative(home.root, path)} ${(lstatSync(path).mode & 0o777).toString(8)}`);
}

function filesIn(home: Home): string[] {
  return entriesIn(home).filter((path) => lstatSync(path).isFile());
}

function entriesIn({ root, work }: Home): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => join(root, path))
    .filter((path) => !path.startsWith(`${work}/`));
}
