import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

it('the build serves, writes and searches by what it consists of alone', async () => {
  execFileSync(process.execPath, ['tools/build.ts'], { cwd: root });
  process.env['MIDTURN_TEST_CLI'] = join(root, 'dist', 'cli', 'main.js');
  const { Daemon } = await import('../support/daemon.ts');
  const daemon = new Daemon({
    providers: {
      scripted: {
        type: 'scripted',
        scripts: {
          look: [
            { tools: [{ name: 'search_files', input: { pattern: 'nowhere' } }] },
            { text: 'It says: {result}' },
          ],
        },
      },
    },
    agents: { main: { model: 'scripted/look' } },
  });
  try {
    await daemon.up();
    const answer = await daemon.client.sendAndWait('s', { text: 'Look' }, 30);
    expect(answer).toMatchObject({ outcome: 'answered', text: 'It says: [no matches]' });
    expect(await daemon.down()).toBe(0);
  } finally {
    await daemon.dispose();
  }
});
