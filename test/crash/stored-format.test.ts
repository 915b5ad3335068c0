import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { latestFormat } from '../../src/journal/sqlite/store/migrate.ts';
import type { Daemon } from '../support/daemon.ts';
import {
  createScriptedAgent,
  createTestDaemon,
  listResumedSessions,
  waitForClosedInput,
  waitForLogLine,
} from './stage.ts';

const fixtures = new URL('../fixtures/journals/', import.meta.url);
const journals = readdirSync(fixtures).filter((name) => name.endsWith('.db.gz'));
const config = {
  ...createScriptedAgent([{ text: 'Step one.' }, { text: 'Step two.' }]),
  // No call of the fixture may leave this machine.
  tools: { http: { enabled: false } },
};

describe.concurrent('[J6] a journal of an earlier release', () => {
  it('exists for every release', () => {
    expect(journals).toContain('v1.db.gz');
  });

  for (const name of journals) {
    it(`loads and continues: ${name}`, async (t) => {
      const daemon = createTestDaemon(t, config);
      layDown(daemon, name);
      await daemon.startUp();
      const { client } = daemon;
      await waitForLogLine(daemon, { msg: 'generation:resumed' });
      expect(listResumedSessions(daemon)).toEqual(['open/model', 'open/tools', 'queued']);
      for (const session of ['open/model', 'open/tools', 'queued']) {
        expect(await waitForClosedInput(daemon, session, 'a'), session).toMatchObject({
          outcome: 'answered',
        });
      }
      const { messages } = await client.readTranscript('open/tools');
      expect(messages.map(({ role, outcome }) => outcome ?? role)).toEqual([
        'user',
        'assistant',
        'refused',
        'finished',
        'unknown',
        'system',
        'assistant',
      ]);
      expect(await client.getSession('quarantined')).toMatchObject({ status: 'quarantined' });
      for (const session of ['idle/answered', 'idle/with-snapshot', 'idle/of-every-kind']) {
        expect(await client.sendAndWait(session, { text: 'go on' }, 20), session).toMatchObject({
          outcome: 'answered',
        });
      }
      const { events } = await client.readEvents('idle/of-every-kind', { limit: 500 });
      expect(events.filter(({ type }) => type === 'damaged')).toEqual([]);
      expect(daemon.log.filter(({ msg }) => msg === 'session:damaged')).toEqual([]);
    });
  }
});

it.concurrent('[J6] a journal of a newer release is refused at once, with exit code 78 and a remedy', async (t) => {
  const daemon = createTestDaemon(t, config);
  layDown(daemon, 'v1.db.gz');
  const db = new DatabaseSync(daemon.home.journal, { timeout: 10_000 });
  db.exec('PRAGMA user_version = 99');
  db.close();
  const before = readFileSync(daemon.home.journal);
  await expect(daemon.startUp()).rejects.toThrow('did not start');
  expect(daemon.log.at(-1)).toMatchObject({ msg: 'test:exit', code: 78 });
  expect(daemon.output).toContain(
    `${daemon.home.journal} has format 99; this release reads formats up to ${latestFormat()}. Run the release that wrote it, or a newer one.`,
  );
  expect(daemon.log.filter(({ msg }) => msg === 'generation:started')).toHaveLength(1);
  expect(readFileSync(daemon.home.journal).equals(before)).toBe(true);
});

function layDown({ home }: Daemon, name: string): void {
  mkdirSync(home.state, { recursive: true });
  writeFileSync(home.journal, gunzipSync(readFileSync(new URL(name, fixtures))));
}
