import { styled } from '../style.ts';
import type { Scoreboard } from './scoreboard.ts';

/** The scoreboard for people. */
export function scoreboardLines({ broken, ...found }: Scoreboard): string[] {
  const { messages, steps, tools, recoveryMs, events } = found;
  const rows: [name: string, value: string | number, note?: string][] = [
    ['messages accepted', messages.accepted, `slowest receipt after ${seconds(messages.longestAcceptMs)}`],
    ['messages refused', messages.refused],
    ['messages answered', messages.answered],
    ['messages lost', messages.lost, `${messages.resent} tries met nobody and were sent again`],
    ['steps finished', steps.finished, `${steps.interrupted} were cut by a kill and taken up again`],
    ['finished steps repeated', steps.repeated],
    ['tool runs', `${tools.runs} of ${tools.calls}`, 'counted by the tools themselves, outside the daemon'],
    [
      'shell command picked up',
      found.shellPickedUp ? 'yes' : 'no',
      'the same run, over the kill, with its output',
    ],
    ['stream events missed', events.missed, `${events.followed} came, over both kills`],
    ['back after kill 1', seconds(recoveryMs.generation), 'from kill -9 to the next step of the turn'],
    ['back after kill 2', seconds(recoveryMs.everything), 'the same, with the start of a new daemon'],
    ['whole demo', seconds(found.totalMs)],
  ];
  const lines = rows.map(([name, value, note = '']) =>
    `  ${name.padEnd(25)}${String(value).padStart(8)}   ${styled('dim', note)}`.trimEnd(),
  );
  return ['', styled('bold', 'Scoreboard'), ...lines, '', ...verdict(broken)];
}

function verdict(broken: readonly string[]): string[] {
  if (broken.length === 0) return [styled('green', 'Every promise held.')];
  return broken.map((words) => styled('red', `BROKEN: ${words}`));
}

function seconds(ms: number | null): string {
  return ms === null ? 'never' : `${(ms / 1000).toFixed(2)} s`;
}
