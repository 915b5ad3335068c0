import { z } from 'zod';
import { count, duration, group, key, size } from '../fields/fields.ts';

/** Limits of a single turn; each agent may override them. */
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
    'How many sessions may stand between a session and the one that users talk to, when agents delegate.',
  ),
  children: key(count(8, 0, 1000), 'live', 'Sessions that one turn may create by delegating.'),
  turnModelCalls: key(
    count(300, 1, 1_000_000),
    'live',
    'Model calls that one turn may make, summaries included; further attempts of one call are not counted.',
  ),
  turnToolCalls: key(count(1000, 1, 1_000_000), 'live', 'Tool calls that one turn may ask for.'),
  turnTokens: key(
    count(50_000_000, 1000, 1_000_000_000_000),
    'live',
    'Tokens of all prompts and answers of one turn together, as the provider counts them.',
  ),
  turnTime: key(
    duration('12h', '1s'),
    'live',
    'How long one turn may work. Time in which it waits for an approver, another session or its first model call, or in which no process runs it, does not count.',
  ),
  equalCalls: key(
    count(25, 2, 10_000),
    'live',
    'Tool calls in a row that may each repeat an earlier call of the turn with the same result, before that counts as a loop.',
  ),
  atTurnLimit: key(
    z.enum(['end', 'ask']).prefault('end'),
    'live',
    'What happens when a turn reaches one of its limits: it ends as failed and names the limit, or an approver is asked whether it may use as much again.',
  ),
  toolOutput: key(
    size('16kb', '256b', '16mb'),
    'live',
    'How much of a tool result is sent to the model at once; the complete result is stored.',
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
        'Sessions that may have a running turn at once; the others wait.',
      ),
      modelSilence: key(
        duration('5m', '1s', '1h'),
        'live',
        'How long a model call may stay silent before it counts as interrupted and is repeated.',
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
        'Sessions that are resumed at once when the daemon starts, and again every tenth of a second, until all that were active have resumed.',
      ),
    })
    .prefault({}),
  'Limits on what sessions and turns may consume.',
);

/** The limits of a turn as optional keys without defaults: an agent overrides only those that it names. */
export const agentLimits = group(
  z
    .strictObject({
      parallelTools: own(perTurn.parallelTools),
      modelAttempts: own(perTurn.modelAttempts),
      crashAttempts: own(perTurn.crashAttempts),
      delegateDepth: own(perTurn.delegateDepth),
      children: own(perTurn.children),
      turnModelCalls: own(perTurn.turnModelCalls),
      turnToolCalls: own(perTurn.turnToolCalls),
      turnTokens: own(perTurn.turnTokens),
      turnTime: own(perTurn.turnTime),
      equalCalls: own(perTurn.equalCalls),
      atTurnLimit: own(perTurn.atTurnLimit),
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
