import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandLine } from '../support/command-line.ts';

describe('midturn demo', () => {
  let temporary: string;
  let child: ChildProcess;

  beforeEach(() => {
    temporary = mkdtempSync(join(tmpdir(), 'midturn-demo-test-'));
  });
  afterEach(() => {
    child.kill('SIGTERM');
    rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
  });

  /** Calls `onText` with all of the output so far, whenever there is more. */
  async function demo(args: string[], onText: (output: string) => void = () => {}) {
    const { NO_COLOR: _, FORCE_COLOR: __, ...inherited } = process.env;
    const started = spawn(process.execPath, [commandLine(), 'demo', ...args], {
      // Node's compile cache would be in the temporary folder too.
      env: { ...inherited, TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    let stdout = '';
    started.stdout.setEncoding('utf8').on('data', (piece) => {
      stdout += piece;
      onText(stdout);
    });
    const exit = new Promise<number | null>((resolve) => started.on('close', resolve));
    const stderr = await text(started.stderr);
    return { code: await exit, stdout, stderr };
  }

  /** Processes with the test's temporary folder in their environment: all that the demo starts inherit it. */
  function leftovers(): string[] {
    const pids = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name));
    return pids.filter((pid) => readIfThere(`/proc/${pid}/environ`).includes(temporary));
  }

  const nothingIsLeft = async () => {
    expect(readdirSync(temporary)).toEqual([]);
    await expect.poll(leftovers, { timeout: 1_000 }).toEqual([]);
  };

  it('[C5][E4][E7][B2][D2] reconfigures, spoils and kills the daemon under load, breaks nothing and leaves nothing behind', async () => {
    const { code, stdout, stderr } = await demo(['--json']);
    expect(stderr).toBe('');
    const { messages, tools, steps, mistake, notes, ...board } = JSON.parse(stdout);
    expect(board).toMatchObject({ broken: [], shellPickedUp: 2, events: { missed: 0 } });
    for (const ms of [...Object.values(board.recoveryMs), ...Object.values(board.inForceMs)])
      expect(ms).toBeGreaterThan(0);
    expect(messages).toMatchObject({ refused: 0, lost: 0, doubled: 0, answered: messages.accepted });
    expect(messages).toMatchObject({ unexplained: 0, slowestMs: { handover: expect.any(Number) } });
    expect(messages.accepted).toBeGreaterThan(40);
    expect(steps.finished).toBeGreaterThan(messages.accepted / 2);
    expect(steps.interrupted).toBeGreaterThanOrEqual(3);
    expect(tools).toEqual({ calls: 7, runs: 7, twice: [], missing: [] });
    expect(mistake).toMatchObject({
      place: expect.stringMatching(/^midturn\.jsonc:\d+:\d+$/),
      rightLine: true,
    });
    expect(notes).toEqual({ restarts: 3, due: 2, told: 2 });
    expect(code).toBe(0);
    await nothingIsLeft();
  });

  it('tells it in plain lines, and a broken promise is exit code 1', async () => {
    let meddled = false;
    const { code, stdout } = await demo(['--keep'], (output) => {
      if (meddled || !output.includes('kill -9 on every process')) return;
      meddled = true;
      appendFileSync(join(temporary, ...readdirSync(temporary), 'work', 'ran.txt'), 'ran tests\n');
    });
    expect(stdout).toContain('BROKEN: these tool calls ran twice: tests\n');
    expect(code).toBe(1);
    const lines = stdout.split('\n');
    expect(lines.length).toBeLessThanOrEqual(50);
    expect(lines.filter((line) => line.length > 100 && !line.includes(temporary))).toEqual([]);
    expect(stdout).not.toContain('\u001b');
    const [home = ''] = readdirSync(temporary);
    expect(stdout).toContain(`The home is kept: ${join(temporary, home)}\n`);
    await expect.poll(leftovers, { timeout: 1_000 }).toEqual([]);
  });

  it('leaves nothing behind on Ctrl-C, not even a running command', async () => {
    const { code, stdout } = await demo([], (output) => {
      if (output.includes('my own daemon')) child.kill('SIGINT');
    });
    expect(stdout).not.toContain('Scoreboard');
    expect(code).toBe(130);
    await nothingIsLeft();
  });
});

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
