import type { DemoFindings } from './findings.ts';

/** Lists the promises that the numbers show to be broken, each as a sentence; empty when all were kept. */
export function listBrokenPromises(found: DemoFindings): string[] {
  const { messages, steps, tools, shellPickedUp, inForceMs, mistake, recoveryMs, notes, events } = found;
  const promises: [kept: boolean, words: string][] = [
    [messages.refused === 0, `${messages.refused} messages were refused`],
    [messages.lost === 0, `${messages.lost} accepted messages were lost`],
    [
      messages.answered === messages.accepted,
      `${messages.accepted - messages.answered} accepted messages were not answered`,
    ],
    [messages.doubled === 0, `${messages.doubled} messages were stored twice`],
    [
      messages.unexplained === 0,
      `${messages.unexplained} attempts got no answer although nothing had been killed`,
    ],
    [steps.repeated === 0, `${steps.repeated} finished steps were started again`],
    [tools.twice.length === 0, `these tool calls ran twice: ${tools.twice.join(', ')}`],
    [tools.missing.length === 0, `these tool calls never ran: ${tools.missing.join(', ')}`],
    [shellPickedUp === 2, `the running shell command was picked up ${shellPickedUp} times instead of twice`],
    [inForceMs.live !== null, "the agent's live change did not take effect"],
    [inForceMs.handover !== null, "the agent's change of the listen address did not take effect"],
    [mistake.rightLine, 'the status did not name the line with the mistake'],
    [mistake.steps > 0, 'no step started while the file was invalid'],
    [mistake.normalMs !== null, 'the status did not return to normal after the file was fixed'],
    [recoveryMs.generation !== null, 'the turn did not resume after the generation was killed'],
    [recoveryMs.everything !== null, 'the turn did not resume after everything was killed'],
    [
      notes.restarts > 0 && notes.told === notes.due,
      `the worker's model got ${notes.told} notices of restarts instead of ${notes.due}`,
    ],
    [events.missed === 0, `${events.missed} events did not reach the follower`],
  ];
  return promises.filter(([kept]) => !kept).map(([, words]) => words);
}
