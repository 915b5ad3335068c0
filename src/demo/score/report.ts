import { applyStyle } from '../../terminal/style.ts';
import type { Scoreboard } from './scoreboard.ts';

/** Formats the scoreboard for the terminal: one row for each number, then the broken promises. */
export function formatScoreboard({ broken, ...found }: Scoreboard): string[] {
  const { messages, steps, tools, inForceMs, mistake, recoveryMs, notes, events } = found;
  const { steady, handover, kills } = messages.slowestMs;
  const rows: [name: string, value: string | number, note?: string][] = [
    ['messages accepted', messages.accepted],
    [
      'slowest receipt',
      formatMeasured(steady),
      `${formatMeasured(handover)} in the handover, ${formatMeasured(kills)} over a kill`,
    ],
    ['messages refused', messages.refused],
    ['messages answered', messages.answered],
    ['messages lost', messages.lost, `${messages.resent} attempts hit a killed daemon and were resent`],
    ['steps finished', steps.finished, `${steps.interrupted} were interrupted or handed over, and resumed`],
    ['finished steps repeated', steps.repeated],
    ['tool runs', `${tools.runs} of ${tools.calls}`, 'recorded by the tools themselves, outside the daemon'],
    [
      'shell command picked up',
      `${found.shellPickedUp} times`,
      'one single run, across the handover and a kill',
    ],
    [
      'live change active',
      formatMeasured(inForceMs.live),
      "from the agent's save to the first step that uses it",
    ],
    [
      'handover change active',
      formatMeasured(inForceMs.handover),
      'the same, in a new process, in the middle of the turn',
    ],
    [
      'mistake noticed',
      formatMeasured(mistake.noticedMs),
      `${mistake.place}; ${mistake.steps} steps started meanwhile`,
    ],
    ['back after kill 1', formatMeasured(recoveryMs.generation), 'from kill -9 to the next step of the turn'],
    [
      'back after kill 2',
      formatMeasured(recoveryMs.everything),
      'the same, including the start of a new daemon',
    ],
    [
      'notices to the model',
      `${notes.told} of ${notes.due}`,
      `for ${notes.restarts} restarts; one before each next answer`,
    ],
    ['stream events missed', events.missed, `${events.followed} arrived, over both kills and the handover`],
  ];
  const lines = rows.map(([name, value, note = '']) =>
    `  ${name.padEnd(25)}${String(value).padStart(8)}   ${applyStyle('dim', note)}`.trimEnd(),
  );
  return ['', applyStyle('bold', 'Scoreboard'), ...lines, '', ...formatVerdict(broken, found.totalMs)];
}

function formatVerdict(broken: readonly string[], total: number): string[] {
  if (broken.length === 0) return [applyStyle('green', `Every promise held, in ${formatMeasured(total)}.`)];
  return broken.map((words) => applyStyle('red', `BROKEN: ${words}`));
}

function formatMeasured(ms: number | null): string {
  return ms === null ? 'never' : `${(ms / 1000).toFixed(2)} s`;
}
