import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { commandLine } from '../support/command-line.ts';
import { Daemon } from '../support/daemon.ts';

const root = join(import.meta.dirname, '..', '..');

it.each([
  ['the packed program', commandLine()],
  ['the sources', join(root, 'src/cli/main.ts')],
])('serves, writes, searches and hands over by what it consists of: %s', async (_, program) => {
  vi.stubEnv('MIDTURN_TEST_CLI', program);
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
    await daemon.startUp();
    const answer = await daemon.client.sendAndWait('s', { text: 'Look' }, 30);
    expect(answer).toMatchObject({ outcome: 'answered', text: 'It says: [no matches]' });
    const drained = daemon.waitForLog(({ msg }) => msg === 'generation:drained');
    await daemon.client.restart();
    await drained;
    expect(await daemon.client.getStatus()).toMatchObject({ generation: { number: 2 } });
    expect(await daemon.shutDown()).toBe(0);
  } finally {
    await daemon.dispose();
    vi.unstubAllEnvs();
  }
});

it('the packed programs load modules of Node.js without reading every export of them', () => {
  const dist = dirname(dirname(commandLine()));
  const files = globSync('**/*.js', { cwd: dist, exclude: ['client/**', 'cli/main.js'] });
  const importing = files.filter((file) =>
    /^import [^;]*['"]node:/m.test(readFileSync(join(dist, file), 'utf8')),
  );
  expect(files.length).toBeGreaterThan(20);
  expect(importing).toEqual([]);
});
