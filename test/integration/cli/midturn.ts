import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, type TestContext } from 'vitest';
import { commandLine } from '../../support/command-line.ts';

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The command line as a process of its own; killed when the test has finished. */
export class Midturn {
  readonly process: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  stdout = '';
  stderr = '';

  /** `test`: the context of the current test, required when several tests run concurrently. */
  constructor(
    home: string,
    args: readonly string[],
    env: Record<string, string> = {},
    test: Pick<TestContext, 'onTestFinished'> = { onTestFinished },
  ) {
    this.process = spawn(process.execPath, [commandLine(), ...args], {
      env: { ...clean(process.env), MIDTURN_HOME: home, ...env },
    });
    this.process.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.process.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    // A process that exits early does not read the rest of its input.
    this.process.stdin.on('error', () => {});
    this.ended = once(this.process, 'close').then(([code]) => {
      const { stdout, stderr } = this;
      return { code: typeof code === 'number' ? code : null, stdout, stderr };
    });
    test.onTestFinished(async () => {
      this.process.kill('SIGKILL');
      await this.ended;
    });
  }

  /** Resolves when stdout matches the pattern; rejects when the process ends without a match. */
  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.stdout)) {
      const ended = await Promise.race([once(this.process.stdout, 'data').then(() => null), this.ended]);
      if (ended && !pattern.test(this.stdout))
        throw new Error(`ended without ${pattern}: ${JSON.stringify(ended)}`);
    }
  }

  type(line: string): void {
    this.process.stdin.write(`${line}\n`);
  }
}

/** Runs a command to its end and resolves with its exit code and output. */
export function midturn(
  home: string,
  args: readonly string[],
  { input = '', env = {}, test }: { input?: string; env?: Record<string, string>; test?: TestContext } = {},
): Promise<Ended> {
  const started = new Midturn(home, args, env, test);
  started.process.stdin.end(input);
  return started.ended;
}

/** Creates a home, empty or with a configuration, that is removed when the test has finished. */
export function temporaryHome(config?: object): string {
  const home = mkdtempSync(join(tmpdir(), 'midturn-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  if (config) writeFileSync(join(home, 'midturn.jsonc'), JSON.stringify(config));
  return home;
}

/** Starts a daemon with agents that answer word by word, and stops it when the test has finished. */
export async function runningHome(more: object = {}): Promise<{ home: string; daemon: Midturn }> {
  const home = temporaryHome({ ...CONFIG, ...more });
  const daemon = new Midturn(home, ['up']);
  onTestFinished(async () => {
    daemon.process.kill('SIGINT');
    daemon.process.kill('SIGINT');
    await daemon.ended;
  });
  await daemon.until(/generation:serving/);
  return { home, daemon };
}

/** Returns the process id of the generation that serves. */
export function generationPid(home: string): number {
  const { generationPid: pid } = JSON.parse(readFileSync(join(home, 'run', 'supervisor.json'), 'utf8'));
  return pid;
}

export const WORDS = 'one two three four five six seven eight nine ten eleven twelve';

const CONFIG = {
  listen: '127.0.0.1:0',
  logging: { format: 'json' },
  providers: {
    scripted: {
      type: 'scripted',
      scripts: {
        short: [{ text: 'You said: {input}' }],
        slow: [{ text: WORDS, tokenDelay: '150ms' }],
        stuck: [{ text: 'never', delay: '10m' }],
        shell: [
          {
            text: 'Looking around here',
            tokenDelay: '500ms',
            tools: [{ name: 'shell', input: { command: 'echo found' } }],
          },
          { text: 'Done.' },
        ],
      },
    },
  },
  agents: {
    main: { model: 'scripted/short', tools: { '*': 'allow' } },
    slow: { model: 'scripted/slow', tools: { '*': 'allow' } },
    stuck: { model: 'scripted/stuck', tools: { '*': 'allow' } },
    shell: { model: 'scripted/shell', tools: { shell: 'allow' } },
  },
};

/** Removes Midturn's variables and colour settings, because the machine's settings must not reach a test. */
function clean(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { MIDTURN_HOME, MIDTURN_URL, MIDTURN_TOKEN, MIDTURN_DEBUG, FORCE_COLOR, NO_COLOR, ...rest } = env;
  return rest;
}
