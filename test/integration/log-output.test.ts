import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';

const logModule = new URL('../../src/telemetry/log.ts', import.meta.url).href;

/** Starts a process that logs to its standard output; `log` is there for the script. */
function start(script: string, stdout: 'pipe' | number) {
  const code = `import { createLogger } from ${JSON.stringify(logModule)};\nconst log = createLogger({});\n${script}`;
  return spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['pipe', stdout, 'pipe', 'ipc'],
  });
}

async function read(stream: Readable | null): Promise<string> {
  return stream ? text(stream) : '';
}

describe('the log of a daemon', () => {
  it('is complete when the process ends itself', async () => {
    const child = start(
      'for (let i = 1; i <= 2000; i++) log.info({ i }, "x".repeat(100)); process.exit(3);',
      'pipe',
    );
    const ended = once(child, 'close');
    const lines = (await read(child.stdout)).trimEnd().split('\n');
    expect(await ended).toEqual([3, null]);
    expect(lines.map((line) => Number(JSON.parse(line).i)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 2000 }, (_, index) => index + 1),
    );
  });

  it('may lose its reader', async () => {
    const child = start(
      'process.send("up"); process.on("message", () => { log.info({}, "a"); setTimeout(() => { log.info({}, "b"); setTimeout(() => process.send("alive"), 20); }, 20); });',
      'pipe',
    );
    await once(child, 'message');
    child.stdout?.destroy();
    child.send('go');
    const [message] = await once(child, 'message');
    expect(message).toBe('alive');
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('may stall without stopping the daemon', async () => {
    const child = start(
      'for (let i = 0; i < 30_000; i++) log.info({}, "x".repeat(1000)); process.send("alive"); process.on("message", () => {});',
      'pipe',
    );
    const [message] = await once(child, 'message');
    expect(message).toBe('alive');
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  it('may be on a full disk', async () => {
    const full = openSync('/dev/full', 'w');
    const child = start(
      'log.info({}, "a"); setTimeout(() => { log.info({}, "b"); process.exit(0); }, 20);',
      full,
    );
    closeSync(full);
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
