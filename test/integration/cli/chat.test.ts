import { describe, expect, it } from 'vitest';
import { generationPid, Midturn, midturn, runningHome, WORDS } from './midturn.ts';

describe('chat', () => {
  it('prints the answer and ends after it', async () => {
    const { home } = await runningHome();
    const answered = await midturn(home, ['chat', 's'], { input: 'hello\n' });
    expect(answered).toEqual({ code: 0, stdout: 'You said: hello\n', stderr: '' });
  });

  it('shows the latest messages on entry, with tool calls and their results', async () => {
    const { home } = await runningHome();
    const first = await midturn(home, ['chat', 's', '--agent', 'shell'], { input: 'look\n' });
    expect(first.stdout).toMatch(
      /^Looking around here\n→ shell echo found\n← shell: found \(\d lines\)\nDone\.\n$/,
    );
    const second = await midturn(home, ['chat', 's'], { input: '' });
    expect(second.stdout).toMatch(/^› look\nLooking around here\n→ shell\n← shell found .*\nDone\.\n$/);
  });

  it('shows messages that still wait for their turn on entry, and once', async () => {
    const { home } = await runningHome();
    const first = new Midturn(home, ['chat', 's', '--agent', 'slow']);
    first.type('now');
    await first.until(/one/);
    first.type('/queue later');
    const queued = async () => (await midturn(home, ['sessions', 'show', 's', '--json'])).stdout;
    await expect.poll(queued).toContain('later');
    const second = new Midturn(home, ['chat', 's']);
    await second.until(/› later/);
    second.type('/queue last');
    second.process.stdin.end();
    const { code, stdout } = await second.ended;
    expect({ code, shown: stdout.match(/now|later|last/g) }).toEqual({ code: 0, shown: ['now', 'later'] });
  });

  it('creates a session when none is named, and prints its id', async () => {
    const { home } = await runningHome();
    const { stdout } = await midturn(home, ['chat'], { input: 'hi\n' });
    const session = /^session (chat\/\d{8}-\d{6}-[\da-f]{4});/.exec(stdout)?.[1] ?? '';
    expect(await midturn(home, ['sessions', 'show', session])).toMatchObject({ code: 0 });
  });

  it('starts another session, continues one, and shows what both are doing', async () => {
    const { home } = await runningHome();
    const chat = new Midturn(home, ['chat', 's']);
    chat.type('first');
    await chat.until(/You said: first/);
    chat.type('/new shell');
    chat.type('second');
    await chat.until(/Done\./);
    chat.type('/open s');
    await chat.until(/› first/);
    chat.type('/sessions');
    await chat.until(/\/open <id>/);
    chat.type('/status');
    await chat.until(/daemon normal/);
    chat.process.stdin.end();
    const { code, stdout } = await chat.ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/ {2}chat\/\S+ {2}shell, idle, .*\n {2}s {2}main, idle, /);
    expect(stdout).toMatch(/session s, agent main, idle\n/);
  });

  it('[A9] takes what is typed while the turn runs', async () => {
    const { home } = await runningHome();
    const chat = new Midturn(home, ['chat', 's', '--agent', 'shell']);
    chat.type('first');
    await chat.until(/Looking/);
    chat.type('and this');
    chat.type('/queue later');
    chat.process.stdin.end();
    const { code, stdout } = await chat.ended;
    expect({ code, answers: stdout.match(/^Done\.$/gm) }).toEqual({ code: 0, answers: ['Done.', 'Done.'] });
    const events = JSON.parse((await midturn(home, ['sessions', 'export', 's'])).stdout).events;
    expect(events.filter(({ type }: { type: string }) => type === 'turn_joined')).toHaveLength(1);
    expect(events.filter(({ type }: { type: string }) => type === 'turn_started')).toHaveLength(2);
  });

  it('cancels the running turn, which a script sees in the exit code', async () => {
    const { home } = await runningHome();
    const chat = new Midturn(home, ['chat', 's', '--agent', 'slow']);
    chat.type('first');
    await chat.until(/two/);
    chat.type('/cancel');
    chat.process.stdin.end();
    const { code, stdout } = await chat.ended;
    expect(stdout).toMatch(/^one two .*\n… cancelled.*\n$/);
    expect(code).toBe(1);
  });

  it('prints what the daemon refuses, and exits with its code', async () => {
    const { home } = await runningHome();
    await midturn(home, ['send', 's', 'x', '--wait']);
    const { code, stdout } = await midturn(home, ['chat', 's', '--agent', 'slow'], { input: 'hi\n' });
    expect(stdout).toMatch(/✗ Session "s" belongs to agent "main"/);
    expect(code).toBe(4);
  });

  it('[J2] [B4] survives a kill -9 of the generation, and shows nothing twice', async () => {
    const { home } = await runningHome();
    const chat = new Midturn(home, ['chat', 's', '--agent', 'slow']);
    chat.type('first');
    await chat.until(/three/);
    process.kill(generationPid(home), 'SIGKILL');
    chat.type('/queue second');
    chat.process.stdin.end();
    const { code, stdout } = await chat.ended;
    const [cut = '', note, ...answers] = stdout.trimEnd().split('\n');
    expect(WORDS.startsWith(cut)).toBe(true);
    expect(note).toBe('… interrupted: the daemon restarted after a crash; resuming');
    expect({ code, answers }).toEqual({ code: 0, answers: [WORDS, WORDS] });
    const { events } = JSON.parse((await midturn(home, ['sessions', 'export', 's'])).stdout);
    const texts = events.flatMap(
      (event: { type: string; input?: { text: string } }) => event.input?.text ?? [],
    );
    expect(texts).toEqual(['first', 'second']);
  });

  it('[A3] keeps what is typed while the daemon is away, and sends it once', async () => {
    const { home, daemon } = await runningHome();
    const chat = new Midturn(home, ['chat', 's']);
    chat.type('first');
    await chat.until(/You said: first/);
    daemon.process.kill('SIGKILL');
    await daemon.ended;
    chat.type('second');
    await chat.until(/the daemon is not reachable/);
    const next = new Midturn(home, ['up']);
    await chat.until(/You said: second/);
    chat.process.stdin.end();
    const { code, stdout } = await chat.ended;
    expect(stdout.match(/You said: \w+/g)).toEqual(['You said: first', 'You said: second']);
    expect(code).toBe(0);
    next.process.kill('SIGINT');
    next.process.kill('SIGINT');
    await next.ended;
  });
});

it('send --wait gets its answer although the generation is killed meanwhile', async () => {
  const { home } = await runningHome();
  const sent = new Midturn(home, ['send', 's', 'x', '--agent', 'slow', '--wait', '60']);
  const watch = new Midturn(home, ['chat', 'other', '--agent', 'slow']);
  watch.type('tick');
  await watch.until(/four/);
  process.kill(generationPid(home), 'SIGKILL');
  expect(await sent.ended).toEqual({ code: 0, stdout: `${WORDS}\n`, stderr: '' });
});
