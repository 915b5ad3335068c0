import { z } from 'zod';
import { count, duration, group, key, size } from '../fields.ts';

/** Limits that hold for one turn; an agent may have its own. */
const perTurn = {
  parallelTools: key(count(8, 1, 256), 'live', 'Tool calls of one turn that run at once.'),
  modelAttempts: key(
    count(8, 1, 100),
    'live',
    'How often one model call is tried when the provider fails, before the turn fails.',
  ),
  crashAttempts: key(
    count(3, 1, 20),
    'live',
    'How often one step may die in a crash of the generation before the turn fails and the session is set aside. In two of these crashes (one, when this is 1) the session must have been the only suspect at work; deaths of the whole daemon do not count.',
  ),
  delegateDepth: key(
    count(3, 0, 16),
    'live',
    'How many sessions may stand between a session and the one that people talk to, when agents delegate.',
  ),
  children: key(count(8, 0, 1000), 'live', 'Sessions that one turn may begin by delegating.'),
  toolOutput: key(
    size('16kb', '256b', '16mb'),
    'live',
    'How much of a tool result the model is given at once; the whole is stored.',
  ),
};

export const limits = group(
  z
    .strictObject({
      ...perTurn,
      message: key(size('256kb', '1kb', '16mb'), 'live', 'The longest message that is accepted.'),
      turns: key(
        count(64, 1, 10_000),
        'live',
        'Sessions that may have a running turn at once; others wait their turn.',
      ),
      modelSilence: key(
        duration('5m', '1s', '1h'),
        'live',
        'How long a model call may stay without any sign of life before it counts as cut and is made again.',
      ),
      toolTimeout: key(
        duration('10m', '1s'),
        'live',
        'How long a tool call may take when neither the call nor the tool has a limit of its own.',
      ),
      passivateAfter: key(
        duration('5m', '1ms'),
        'live',
        'How long an idle session stays in memory. Its journal has everything.',
      ),
      resumeConcurrency: key(
        count(16, 1, 1024),
        'live',
        'Sessions that are taken up at once when the daemon starts, and again in every further tenth of a second, until all that were active go on.',
      ),
    })
    .prefault({}),
  'What may be used up.',
);

/** The same keys without defaults: an agent overrides only what it names. */
export const agentLimits = group(
  z
    .strictObject({
      parallelTools: own(perTurn.parallelTools),
      modelAttempts: own(perTurn.modelAttempts),
      crashAttempts: own(perTurn.crashAttempts),
      delegateDepth: own(perTurn.delegateDepth),
      children: own(perTurn.children),
      toolOutput: own(perTurn.toolOutput),
    })
    .prefault({}),
  'Limits of this agent that differ from the general ones.',
);

function own<T extends z.ZodType>(schema: z.ZodPrefault<T>) {
  return schema
    .unwrap()
    .optional()
    .meta({ ...schema.meta() });
}
