import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Midturn, midturn, temporaryHome } from './midturn.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: this is how a configuration refers to the environment
const REFERENCE = '${env:SOME_KEY}';

describe('wrong usage', () => {
  it.each([
    [['snd', 'a', 'b'], /^midturn: Unknown command 'snd' \(Did you mean send\?\) See `--help`\.\n$/],
    [['sessions', 'lss'], /Did you mean ls\?/],
    [['status', '--jsno'], /Unknown option '--jsno' \(Did you mean --json\?\)/],
    [['send', 'a'], /Missing required argument 'text'/],
    [['status', 'extra'], /Too many arguments/],
    [['send', 'a', 'b', '--mode', 'shout'], /Allowed choices are steer, queue/],
    [['logs', '-n', 'x'], /must be a whole number/],
    [['stop', '--timeout', '5'], /duration with a unit/],
    [['send', 'a', ''], /message is empty/],
    [['send', '', 'hi'], /"" cannot be the id of a session: it is empty\. Nothing was sent/],
    [['send', '..', 'hi'], /"\.\." cannot be the id of a session: it is a relative path segment/],
    [['chat', '.'], /"\." cannot be the id of a session/],
    [['sessions', 'show', ''], /"" cannot be the id of a session/],
    [['sessions', 'cancel', 'x'.repeat(600)], /it has 600 bytes of UTF-8, the limit is 512/],
    [['approvals', 'show', '..'], /"\.\." cannot be the name of an approval/],
    [['schedules', 'pause', ''], /"" cannot be the name of a schedule: it is empty/],
    [['completion', 'tcsh'], /Allowed choices are bash, zsh, fish/],
    [['status', '--url', 'nonsense'], /"nonsense" is not a daemon address/],
    [['config', 'set', 'listen'], /Missing required argument 'value'/],
    [['config', 'rollback', 'last'], /must be a whole number/],
    [['config', 'diff', 'a'], /must be a whole number/],
    [['config', 'histroy'], /Did you mean history\?/],
  ])('%j says what is wrong, and ends with 2', async (args, words) => {
    const { code, stdout, stderr } = await midturn(temporaryHome(), args);
    expect(stderr).toMatch(words);
    expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({
      code: 2,
      stdout: '',
      lines: 1,
    });
  });

  it('without a command shows the help on stderr', async () => {
    const { code, stdout, stderr } = await midturn(temporaryHome(), []);
    expect(stderr).toMatch(/^Usage: midturn/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('is a problem document with --json', async () => {
    const { code, stderr } = await midturn(temporaryHome(), ['snd', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stderr)).toEqual({
      type: 'urn:midturn:usage',
      title: 'UsageError',
      status: 400,
      code: 'usage',
      detail: "Unknown command 'snd' (Did you mean send?) See `--help`.",
    });
  });
});

describe('without a daemon', () => {
  it.each([
    [['status']],
    [['restart']],
    [['restart', '--wait']],
    [['handovers']],
    [['handovers', '1']],
    [['stop']],
    [['send', 's', 'text']],
    [['send', 's', 'text', '--wait', '1']],
    [['chat']],
    [['chat', 's']],
    [['sessions', 'ls']],
    [['sessions', 'show', 's']],
    [['sessions', 'follow', 's']],
    [['sessions', 'cancel', 's']],
    [['sessions', 'export', 's']],
    [['sessions', 'release', 's']],
  ])('%j ends with 3 and leaves no file', async (args) => {
    const home = join(temporaryHome(), 'none');
    const { code, stdout, stderr } = await midturn(home, args, { input: 'hello\n' });
    expect(stderr).toMatch(
      /^midturn: No daemon answers at .*\/run\/midturn\.sock\. `midturn start` starts one/,
    );
    expect({ code, stdout, made: existsSync(home) }).toEqual({ code: 3, stdout: '', made: false });
  });

  it('--json prints the problem document', async () => {
    const { code, stdout, stderr } = await midturn(temporaryHome(), ['status', '--json']);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({
      code: 'daemon_not_running',
      status: 503,
      detail: expect.any(String),
    });
  });

  it('logs says where logs would be, and ends with 1', async () => {
    const { code, stderr } = await midturn(temporaryHome(), ['logs']);
    expect(stderr).toMatch(/^midturn: There is no log at .*midturn\.log/);
    expect(code).toBe(1);
  });
});

describe('a configuration that is not valid', () => {
  const broken = { agents: { main: { modle: 'x/y' } }, listen: 7 };

  it.each([
    [['config', 'check'], ''],
    [['config', 'show'], `${JSON.stringify(broken)}\n`],
  ])('[E7] %j tells every problem with its place, and ends with 78', async (args, shown) => {
    const home = temporaryHome(broken);
    const { code, stdout, stderr } = await midturn(home, args);
    expect(stderr).toMatch(/^midturn\.jsonc:1:\d+ agents\.main\.\w+: /m);
    expect(stderr).toMatch(/^midturn\.jsonc:1:\d+ listen: /m);
    expect({ code, stdout, ran: existsSync(join(home, 'run')) }).toEqual({
      code: 78,
      stdout: shown,
      ran: false,
    });
  });

  it('is a problem document with --json', async () => {
    const { code, stderr } = await midturn(temporaryHome(broken), ['config', 'check', '--json']);
    expect(code).toBe(78);
    const { code: kind, problems } = JSON.parse(stderr);
    expect(kind).toBe('config_invalid');
    expect(problems).toContainEqual(
      expect.objectContaining({ path: 'listen', line: 1, column: expect.any(Number) }),
    );
  });
});

describe('config', () => {
  it('check tells that a file is valid, or that there is none', async () => {
    const home = temporaryHome({ agents: { main: { model: 'scripted/echo' } } });
    expect(await midturn(home, ['config', 'check'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/is valid: agent main\.\n$/),
    });
    const checked = await midturn(home, ['config', 'check', '--json']);
    expect(JSON.parse(checked.stdout)).toEqual({
      ok: true,
      file: join(home, 'midturn.jsonc'),
      origin: 'file',
      hash: expect.stringMatching(/^[\da-f]{64}$/),
      agents: ['main'],
      warnings: [],
    });
    const other = await midturn(home, ['config', 'check', join(home, 'other.jsonc')]);
    expect(other).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/There is no file .*other\.jsonc/),
    });
    expect(await midturn(temporaryHome(), ['config', 'check'])).toMatchObject({ code: 0 });
  });

  it('[K4] show masks secrets and keeps references', async () => {
    const home = temporaryHome({
      auth: { tokens: ['a-very-secret-token-1234'] },
      providers: { p: { type: 'openai', apiKey: REFERENCE } },
    });
    const env = { SOME_KEY: 'sk-hidden-key-5678' };
    const { code, stdout } = await midturn(home, ['config', 'show'], { env });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      auth: { tokens: ['[redacted]'] },
      providers: { p: { type: 'openai', apiKey: REFERENCE } },
    });
  });
});

describe('doctor', () => {
  it('is content with a new home, and has a shape', async () => {
    const { code, stdout } = await midturn(join(temporaryHome(), 'new'), ['doctor', '--json']);
    expect(code).toBe(0);
    const { ok, checks } = JSON.parse(stdout);
    expect(ok).toBe(true);
    expect(checks.map(({ name }: { name: string }) => name)).toEqual([
      'node',
      'sqlite',
      'disk',
      'home',
      'config',
      'lock',
      'socket',
    ]);
  });

  it('exits with 1 when something has to be fixed, and says what', async () => {
    const { code, stdout } = await midturn(temporaryHome({ listen: 7 }), ['doctor']);
    expect(stdout).toMatch(/^fail {2}config +midturn\.jsonc:1:\d+ listen: .*\n +→ fix it/m);
    expect(code).toBe(1);
  });

  it('knows a socket that a killed daemon left behind', async () => {
    const home = temporaryHome();
    mkdirSync(join(home, 'run'));
    writeFileSync(join(home, 'run', 'midturn.sock'), '');
    const { code, stdout } = await midturn(home, ['doctor']);
    expect(stdout).toMatch(
      /^warn {2}socket .* was left behind by a killed daemon\n +→ `midturn start` replaces it/m,
    );
    expect(code).toBe(0);
  });

  it('[K2] warns about a home that others can read', async () => {
    const home = join(temporaryHome(), 'open');
    mkdirSync(home, { mode: 0o755 });
    expect((await midturn(home, ['doctor'])).stdout).toMatch(/^warn {2}home .*\n +→ chmod 700 /m);
  });
});

describe('output', () => {
  it('ends quietly when the reader closes the pipe', async () => {
    const shown = new Midturn(temporaryHome(), ['--help']);
    shown.process.stdout.destroy();
    expect(await shown.ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('logs shows the last lines, made readable or as they are', async () => {
    const home = temporaryHome();
    mkdirSync(join(home, 'logs'));
    const record = JSON.stringify({ level: 'info', time: '2026-01-01T00:00:00Z', msg: 'generation:serving' });
    writeFileSync(join(home, 'logs', 'midturn.log'), `first\nsecond \x1b[31m\n${record}\n`);
    const readable = await midturn(home, ['logs', '-n', '2']);
    expect(readable).toMatchObject({
      code: 0,
      stdout: 'second \\u{1b}[31m\n2026-01-01T00:00:00Z info  generation:serving\n',
    });
    const raw = await midturn(home, ['logs', '-n', '1', '--json']);
    expect(raw.stdout).toBe(`${record}\n`);
    expect((await midturn(home, ['logs', '-n', '0'])).stdout).toBe('');
  });

  it('logs filters by session, level and time, over files that were put aside', async () => {
    const home = temporaryHome();
    mkdirSync(join(home, 'logs'));
    const record = (level: string, minutes: number, msg: string, session?: string) => {
      const time = new Date(Date.now() - minutes * 60_000).toISOString();
      return `${JSON.stringify({ level, time, ...(session ? { session } : {}), msg })}\n`;
    };
    const log = join(home, 'logs', 'midturn.log');
    writeFileSync(`${log}.2`, record('error', 300, 'oldest', 'a'));
    writeFileSync(`${log}.1`, record('info', 200, 'older', 'a') + record('warn', 100, 'old', 'b'));
    writeFileSync(log, `no record\n${record('info', 2, 'new', 'a')}${record('debug', 1, 'newest')}`);
    const shown = async (...args: string[]) => {
      const { stdout } = await midturn(home, ['logs', '--json', ...args]);
      return stdout.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line).msg] : [line]));
    };
    expect(await shown('--session', 'a')).toEqual(['oldest', 'older', 'new', '']);
    expect(await shown('--session', 'a', '-n', '2')).toEqual(['older', 'new', '']);
    expect(await shown('--level', 'warn')).toEqual(['oldest', 'old', '']);
    expect(await shown('--since', '3m', '--level', 'info')).toEqual(['new', '']);
    expect(await shown()).toEqual(['no record', 'new', 'newest', '']);
    const wrong = await midturn(home, ['logs', '--level', 'loud']);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('warn') });
  });

  it('never shows a stack trace, unless MIDTURN_DEBUG asks for it', async () => {
    const refused = await midturn(temporaryHome(), ['status']);
    expect(refused.stderr).not.toMatch(/^\s+at /m);
    const debug = await midturn(temporaryHome(), ['status'], { env: { MIDTURN_DEBUG: '1' } });
    expect(debug.stderr).toMatch(/^\s+at /m);
  });

  it('reports a clear error for a server that is not a daemon', async () => {
    const server = createServer((socket) => socket.end('SSH-2.0-x\r\n')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const { code, stderr } = await midturn(temporaryHome(), ['status', '--url', `http://127.0.0.1:${port}`]);
    server.close();
    expect(code).toBe(75);
    expect(stderr).toMatch(/^midturn: The connection to http:\/\/127\.0\.0\.1:\d+ broke/);
  });
});
