import { expect, it } from 'vitest';
import { limitFileSize } from '../support/limit-file-size.ts';
import { closed, logged, scripted, upWith } from './stage.ts';

it.runIf(process.platform === 'linux')(
  '[J9] a daemon that crashes while the disk is full serves again by itself when there is space',
  async (t) => {
    const daemon = await upWith(t, scripted([{ text: 'Heard {input}.' }]));
    const { client } = daemon;
    limitFileSize(daemon.supervisorPid, '1');
    process.kill(daemon.generationPid, 'SIGKILL');
    const serving = logged(daemon, { msg: 'generation:serving', cause: 'crash' });
    // One more than the crashes that would lead to rescue mode.
    const tries = () => daemon.log.filter(({ msg }) => msg === 'journal:unavailable').length;
    while (tries() < 5) await daemon.heard(({ msg }) => msg === 'journal:unavailable');
    limitFileSize(daemon.supervisorPid, 'unlimited');
    expect(await serving).toMatchObject({ mode: 'normal' });
    await client.send('one', { id: 'a', text: 'hello' });
    expect(await closed(daemon, 'one', 'a')).toMatchObject({ outcome: 'answered' });
    expect(await client.status()).toMatchObject({ mode: 'normal', reasons: [] });
    expect(daemon.output).toContain('cannot be opened');
  },
);
