import type { Findings } from './findings.ts';

/** The promises that the numbers show to be broken, in words. */
export function brokenPromises(found: Findings): string[] {
  const { messages, steps, tools, shellPickedUp, inForceMs, mistake, recoveryMs, notes, events } = found;
  const promises: [kept: boolean, words: string][] = [
    [messages.refused === 0, `${messages.refused} messages were refused`],
    [messages.lost === 0, `${messages.lost} accepted messages were lost`],
    [
      messages.answered === messages.accepted,
      `${messages.accepted - messages.answered} accepted messages were not answered`,
    ],
    [messages.doubled === 0, `${messages.doubled} messages were stored twice`],
    [messages.unexplained === 0, `${messages.unexplained} tries met nobody although nothing was killed`],
    [steps.repeated === 0, `${steps.repeated} finished steps were begun again`],
    [tools.twice.length === 0, `these tool calls ran twice: ${tools.twice.join(', ')}`],
    [tools.missing.length === 0, `these tool calls never ran: ${tools.missing.join(', ')}`],
    [shellPickedUp === 2, `the running shell command was picked up ${shellPickedUp} times instead of twice`],
    [inForceMs.live !== null, "the agent's live change did not come into force"],
    [inForceMs.handover !== null, "the agent's change of the address did not come into force"],
    [mistake.rightLine, 'the status did not say where the mistake in the file was'],
    [mistake.steps > 0, 'no step began while the file was broken'],
    [mistake.normalMs !== null, 'the status was not normal after the file had been mended'],
    [recoveryMs.generation !== null, 'the turn did not go on after the generation was killed'],
    [recoveryMs.everything !== null, 'the turn did not go on after everything was killed'],
    [
      notes.restarts > 0 && notes.told === notes.due,
      `the worker's model was told of restarts ${notes.told} times instead of ${notes.due}`,
    ],
    [events.missed === 0, `${events.missed} events did not reach the follower`],
  ];
  return promises.filter(([kept]) => !kept).map(([, words]) => words);
}
