import { connect } from '../../protocol/client/client.ts';
import type { Status } from '../../protocol/daemon.ts';
import { readSupervisorStatus } from '../../supervisor/status-file.ts';
import type { Cli } from '../context.ts';
import { print, printJson } from '../output.ts';
import { type Style, styled } from '../style.ts';
import { relativeTime } from '../time.ts';

export async function status({ target, json, home }: Cli): Promise<void> {
  const found = await connect(target).status();
  if (json) return printJson(found);
  const address = 'url' in target ? target.url : readSupervisorStatus(home)?.address;
  for (const line of describe(found, address, Date.now())) print(line);
}

function describe(found: Status, address: string | undefined, now: number): string[] {
  const { version, mode, reasons, generation, revision, sessions, handover } = found;
  const colour: Style = mode === 'normal' ? 'green' : 'red';
  const counts = Object.entries(sessions).filter(([, count]) => count > 0);
  const facts = [
    ['midturn', `${version}, ${styled(colour, mode)}`],
    ...reasons.map((reason) => ['', styled('yellow', reason)]),
    ['generation', `${generation.number}, started ${relativeTime(generation.startedAt, now)}`],
    ['revision', `${revision.number} (${revision.state})`],
    ['sessions', counts.map(([name, count]) => `${count} ${name}`).join(', ') || 'none'],
    ['handover', handover === null ? 'none yet' : JSON.stringify(handover)],
    ...(address === undefined ? [] : [['address', address]]),
  ];
  return facts.map(([name = '', value]) => `${styled('dim', name.padEnd(11))} ${value}`);
}
