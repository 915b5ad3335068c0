import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { commandLine } from '../../support/command-line.ts';
import { midturn, runningHome, temporaryHome } from './midturn.ts';

/** A port that something else listens on. */
function takenPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (typeof address === 'object' && address) resolve(address.port);
      else reject(new Error('no port'));
    });
    onTestFinished(() => void server.close());
  });
}

it('names a port that is in use, and how to find the process that uses it', async () => {
  const port = await takenPort();
  const { code, stdout } = await midturn(temporaryHome({ listen: `127.0.0.1:${port}` }), ['doctor']);
  expect(stdout).toMatch(
    new RegExp(
      `^fail {2}port +Cannot listen on 127\\.0\\.0\\.1:${port}: .*EADDRINUSE.*\\n +→ .*ss -ltnp.*:${port}`,
      'm',
    ),
  );
  expect(code).toBe(1);
});

it('names an address that this machine does not have', async () => {
  const { code, stdout } = await midturn(
    temporaryHome({ listen: '192.0.2.1:7000', auth: { tokens: ['a-long-enough-token-of-the-test'] } }),
    ['doctor'],
  );
  expect(stdout).toMatch(
    /^fail {2}port +Cannot listen on 192\.0\.2\.1:7000: this machine has no such address/m,
  );
  expect(code).toBe(1);
});

it('does not report the port of a running daemon', async () => {
  const { home } = await runningHome();
  const { code, stdout } = await midturn(home, ['doctor']);
  expect(stdout).not.toContain('port');
  expect(code).toBe(0);
});

it('names a file that is in the way of the home', async () => {
  const file = join(temporaryHome(), 'file');
  writeFileSync(file, '');
  const { code, stdout } = await midturn(join(file, 'home'), ['doctor']);
  expect(stdout).toMatch(
    /^fail {2}home +.* cannot be created: .*\/file is not a directory\n +→ choose another --home/m,
  );
  expect(code).toBe(1);
});

/** Runs a command as a user who has nothing. */
function asNobody(home: string, args: readonly string[]) {
  const env = { PATH: process.env['PATH'] ?? '', HOME: '/', MIDTURN_HOME: home };
  const done = spawnSync(process.execPath, [commandLine(), ...args], {
    uid: 65_534,
    gid: 65_534,
    env,
    encoding: 'utf8',
  });
  return { code: done.status, text: done.stdout + done.stderr };
}

const isRoot = process.getuid?.() === 0;

it.runIf(isRoot)('names a parent folder that this user may not write to', () => {
  const parent = temporaryHome();
  chmodSync(parent, 0o755);
  const { code, text } = asNobody(join(parent, 'new'), ['doctor']);
  expect(text).toMatch(/^fail {2}home +.* cannot be created: this user may not write to .*EACCES/m);
  expect(code).toBe(1);
});

it.runIf(isRoot)(
  '[K2] says that the socket is for another user, in the doctor and in every command',
  async () => {
    const { home } = await runningHome();
    for (const open of [home, join(home, 'run')]) chmodSync(open, 0o755);
    const doctor = asNobody(home, ['doctor']);
    expect(doctor.text).toMatch(
      /^fail {2}socket +no access to .* \(EACCES\).*\n +→ run this command as the user/m,
    );
    expect(doctor.code).toBe(1);
    const status = asNobody(home, ['status']);
    expect(status).toEqual({
      code: 1,
      text: expect.stringMatching(
        /^midturn: This user may not connect to .*midturn\.sock \(EACCES\): .* Run the command as that user/,
      ),
    });
  },
);

it.runIf(isRoot)('does not take a home that it may not look into for one without a daemon', () => {
  const home = temporaryHome();
  mkdirSync(join(home, 'run'), { mode: 0o700 });
  chmodSync(home, 0o700);
  const { code, text } = asNobody(home, ['doctor']);
  expect(text).toMatch(/^fail {2}socket +no access to /m);
  expect(text).not.toContain('no daemon runs');
  expect(code).toBe(1);
});

it('names a home whose path is too long for a socket, in the doctor and in every command', async () => {
  const home = join(temporaryHome(), 'a'.repeat(120));
  const doctor = await midturn(home, ['doctor']);
  expect(doctor.stdout).toMatch(
    /^fail {2}socket +The socket's path .* has \d+ bytes; the system allows \d+/m,
  );
  expect(doctor.code).toBe(1);
  const status = await midturn(home, ['status']);
  expect(status).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/Choose a home with a shorter path/),
  });
});

it('names the commands of MCP servers that cannot be found, and what to do', async () => {
  const mcp = {
    gone: { command: 'midturn-no-such-server' },
    path: { command: './nowhere/server' },
    here: { command: 'node' },
    off: { command: 'midturn-no-such-server', enabled: false },
    web: { type: 'http', url: 'https://mcp.example.com/mcp' },
  };
  const { code, stdout } = await midturn(temporaryHome({ listen: '127.0.0.1:0', tools: { mcp } }), [
    'doctor',
  ]);
  expect(stdout).toMatch(
    /^warn {2}mcp +the command "midturn-no-such-server" of the MCP server "gone" cannot be run: it is not on the PATH .*\n +→ install it, write its whole path in "tools\.mcp\.gone\.command"/m,
  );
  expect(stdout).toContain(
    'the command "./nowhere/server" of the MCP server "path" cannot be run: there is no',
  );
  expect(stdout.match(/^warn {2}mcp/gm)).toHaveLength(2);
  expect(code).toBe(0);
});
