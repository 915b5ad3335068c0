import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { createNodeClient } from '../../src/client/node.ts';
import { resolveHome } from '../../src/util/home.ts';
import { commandLine } from '../support/command-line.ts';

const NAMESPACE = ['--pid', '--fork', '--mount-proc', '--kill-child'];
const possible = spawnSync('unshare', [...NAMESPACE, 'true']).status === 0;
const reason = possible ? '' : ' (skipped: this machine lets nobody make a pid namespace)';

it.skipIf(!possible)(
  `[J4] as pid 1 it forwards signals, collects orphans and ends with the daemon's code${reason}`,
  async (t) => {
    const home = resolveHome(mkdtempSync(join(tmpdir(), 'midturn-')));
    t.onTestFinished(() => rmSync(home.root, { recursive: true, force: true, maxRetries: 5 }));
    writeFileSync(home.config, JSON.stringify({ listen: '127.0.0.1:0', ...talkingShell() }));
    const container = spawn(
      'unshare',
      [...NAMESPACE, process.execPath, commandLine(), 'up', '--home', home.root],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    t.onTestFinished(() => void container.kill('SIGKILL'));
    await said(container, 'generation:serving');
    const client = createNodeClient({ socketPath: home.socket });
    // Its command leaves a process behind whose parent ends before it does.
    const answer = await client.sendAndWait('s', { text: 'go' }, 30);
    expect(answer).toMatchObject({ outcome: 'answered', text: 'It said [exit status 0]' });
    const init = Number(readFileSync(`/proc/${container.pid}/task/${container.pid}/children`, 'utf8').trim());
    await untilGone(() => zombiesOf(init));
    process.kill(init, 'SIGTERM');
    const [code] = await once(container, 'exit');
    expect(code).toBe(0);
  },
);

function talkingShell() {
  const command = '(sleep 0.1; exit 0) > /dev/null 2>&1 &';
  const script = [{ tools: [{ name: 'shell', input: { command } }] }, { text: 'It said {result}' }];
  return {
    providers: { scripted: { type: 'scripted', scripts: { main: script } } },
    agents: { main: { model: 'scripted/main', tools: { '*': 'allow' } } },
    logging: { format: 'json' },
  };
}

async function said(child: ChildProcess, event: string): Promise<void> {
  if (!child.stdout) throw new Error('no output');
  for await (const line of createInterface({ input: child.stdout })) if (line.includes(event)) break;
  child.stdout.resume();
}

function zombiesOf(pid: number): string[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return children.filter((child) => {
    try {
      return / Z /.test(readFileSync(`/proc/${child}/stat`, 'utf8'));
    } catch {
      return false;
    }
  });
}

async function untilGone(look: () => string[]): Promise<void> {
  while (look().length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}
