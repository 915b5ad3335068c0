import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import type { Home } from '../../src/util/home.ts';
import { createScriptedAgent, createTestDaemon, startTestDaemon } from './stage.ts';

it('[J7] a copy of the journal taken while the daemon runs contains everything acknowledged before', async (t) => {
  const busy = createScriptedAgent([{ text: 'Heard {input}.', delay: '5ms' }]);
  const daemon = await startTestDaemon(t, busy);
  const accepted: string[] = [];
  const enough = new AbortController();
  const talking = Array.from({ length: 8 }, async (_, person) => {
    for (let number = 1; !enough.signal.aborted; number += 1) {
      const id = `${person}-${number}`;
      await daemon.client.sendMessage(`chat/${person}`, { id, text: id });
      accepted.push(id);
    }
  });
  await expect.poll(() => accepted.length).toBeGreaterThan(100);
  const { blob } = await daemon.client.uploadFile({ name: 'long.bin', data: Buffer.alloc(200_000, 7) });
  await daemon.client.sendMessage('files', { content: [{ type: 'file', blob }] });

  const restored = createTestDaemon(t, busy);
  mkdirSync(restored.home.state, { mode: 0o700 });
  const before = [...accepted];
  const journal = new DatabaseSync(daemon.home.journal, { readOnly: true });
  journal.prepare('VACUUM INTO ?').run(restored.home.journal);
  journal.close();
  const blobs = (home: Home) => join(home.state, 'blobs');
  cpSync(blobs(daemon.home), blobs(restored.home), { recursive: true });
  cpSync(daemon.home.revisions, restored.home.revisions, { recursive: true });
  enough.abort();
  await Promise.all(talking);

  await restored.startUp();
  const again = await Promise.all(
    before.map((id) => restored.client.sendMessage(`chat/${id.split('-')[0]}`, { id, text: id })),
  );
  expect(again.filter(({ duplicate }) => !duplicate)).toEqual([]);
  expect((await restored.client.getStatus()).mode).toBe('normal');
  let bytes = 0;
  for await (const piece of restored.client.downloadFile('files', blob)) bytes += piece.length;
  expect(bytes).toBe(200_000);
});
