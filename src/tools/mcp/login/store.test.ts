import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { LoginStore } from './store.ts';
import { createEmptyLogin } from './stored.ts';

const URL_OF_WIKI = 'https://wiki.example.com/mcp';

it('lets one holder at a time change a login, without blocking other logins', async () => {
  const folder = temporary();
  const [one, other] = [new LoginStore(folder, () => {}), new LoginStore(folder, () => {})];
  const log: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = one.withLock('wiki', async (held) => {
    log.push('first begins');
    await gate.promise;
    held.write({ ...createEmptyLogin(URL_OF_WIKI), wanted: 'all' });
    log.push('first ends');
  });
  const second = other.withLock('wiki', async (held) => void log.push(`second reads ${held.read()?.wanted}`));
  await other.withLock('crm', async () => void log.push('another'));
  await setImmediate();
  expect(log).toEqual(['first begins', 'another']);
  gate.resolve();
  await Promise.all([first, second]);
  expect(log.slice(2)).toEqual(['first ends', 'second reads all']);
});

it('is not blocked by the lock of a killed process', async () => {
  const folder = temporary();
  const script = `
    const { LoginStore } = await import(${JSON.stringify(new URL('store.ts', import.meta.url).href)});
    setInterval(() => {}, 60_000);
    await new LoginStore(${JSON.stringify(folder)}, () => {}).withLock('wiki', () => {
      console.log('held');
      return new Promise(() => {});
    });`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  let held = false;
  const waiting = new LoginStore(folder, () => {}).withLock('wiki', async () => {
    held = true;
  });
  await setImmediate();
  expect(held).toBe(false);
  holder.kill('SIGKILL');
  await waiting;
});

it('releases the lock when the work fails', async () => {
  const store = new LoginStore(temporary(), () => {});
  await expect(store.withLock('wiki', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await store.withLock('wiki', async () => {});
});

it('returns nothing for a file that it cannot parse', () => {
  const folder = temporary();
  const store = new LoginStore(folder, () => {});
  for (const text of ['{', '{}', JSON.stringify({ ...createEmptyLogin(URL_OF_WIKI), format: 2 })]) {
    writeFileSync(join(folder, 'wiki.json'), text);
    expect(store.read('wiki')).toBeUndefined();
  }
});

it('[K4] reports each secret before a caller can read it', async () => {
  const told: string[] = [];
  const store = new LoginStore(temporary(), (secrets) => told.push(...secrets));
  const client = { client_id: 'me', client_secret: 'a-secret', issuer: 'https://login.example.com' };
  const registration = { redirectUrl: 'http://127.0.0.1/', client };
  await store.withLock('wiki', async (held) =>
    held.write({ ...createEmptyLogin(URL_OF_WIKI), registration }),
  );
  store.read('wiki');
  expect(told).toEqual(['a-secret']);
});

it('[K4] reports lasting secrets again with each new one, because only a limited number stays masked', async () => {
  let told: readonly string[] = [];
  const store = new LoginStore(temporary(), (secrets) => {
    told = secrets;
  });
  const client = { client_id: 'me', client_secret: 'of-wiki', issuer: 'https://login.example.com' };
  const registration = { redirectUrl: 'http://127.0.0.1/', client };
  const server = { url: 'https://login.example.com' };
  const grant = (access: string) => ({
    ...{ login: 'one', at: 0, client, server },
    tokens: { access_token: access, refresh_token: 'lasts', token_type: 'Bearer' },
  });
  await store.withLock('wiki', async (held) =>
    held.write({ ...createEmptyLogin(URL_OF_WIKI), registration }),
  );
  for (const access of ['first', 'second']) {
    await store.withLock('crm', async (held) =>
      held.write({ ...createEmptyLogin(URL_OF_WIKI), grant: grant(access) }),
    );
  }
  expect(told).toEqual(expect.arrayContaining(['of-wiki', 'lasts', 'second']));
  expect(told).not.toContain('first');
});

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'midturn-logins-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
