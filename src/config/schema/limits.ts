import { z } from 'zod';
import { countField, defineGroup, defineKey, durationField, sizeField } from '../fields/fields.ts';

/** Limits of a single turn; each agent may override them. */
const perTurn = {
  parallelTools: defineKey(countField(8, 1, 256), 'live', 'Tool calls of one turn that run at once.'),
  modelAttempts: defineKey(
    countField(8, 1, 100),
    'live',
    'How often one model call is tried when the provider fails, before the turn fails.',
  ),
  crashAttempts: defineKey(
    countField(3, 1, 20),
    'live',
    'How often one step may die in a crash of the generation before the turn fails and the session is set aside. In two of these crashes (one, when this is 1) the session must have been the only suspect at work; deaths of the whole daemon do not count.',
  ),
  delegateDepth: defineKey(
    countField(3, 0, 16),
    'live',
    'How many sessions may stand between a session and the one that users talk to, when agents delegate.',
  ),
  children: defineKey(countField(8, 0, 1000), 'live', 'Sessions that one turn may create by delegating.'),
  turnModelCalls: defineKey(
    countField(300, 1, 1_000_000),
    'live',
    'Model calls that one turn may make, summaries included; further attempts of one call are not counted.',
  ),
  turnToolCalls: defineKey(countField(1000, 1, 1_000_000), 'live', 'Tool calls that one turn may ask for.'),
  turnTokens: defineKey(
    countField(50_000_000, 1000, 1_000_000_000_000),
    'live',
    'Tokens of all prompts and answers of one turn together, as the provider counts them.',
  ),
  turnTime: defineKey(
    durationField('12h', '1s'),
    'live',
    'How long one turn may work. Time in which it waits for an approver, another session or its first model call, or in which no process runs it, does not count.',
  ),
  equalCalls: defineKey(
    countField(25, 2, 10_000),
    'live',
    'Tool calls in a row that may each repeat an earlier call of the turn with the same result, before that counts as a loop.',
  ),
  atTurnLimit: defineKey(
    z.enum(['end', 'ask']).prefault('end'),
    'live',
    'What happens when a turn reaches one of its limits: it ends as failed and names the limit, or an approver is asked whether it may use as much again.',
  ),
  toolOutput: defineKey(
    sizeField('16kb', '256b', '16mb'),
    'live',
    'How much of a tool result is sent to the model at once; the complete result is stored.',
  ),
};

export const limitsSection = defineGroup(
  z
    .strictObject({
      ...perTurn,
      message: defineKey(sizeField('256kb', '1kb', '16mb'), 'live', 'The longest message that is accepted.'),
      attachment: defineKey(sizeField('20mb', '1kb', '1gb'), 'live', 'The largest file that is accepted.'),
      turns: defineKey(
        countField(64, 1, 10_000),
        'live',
        'Sessions that may have a running turn at once; the others wait.',
      ),
      modelSilence: defineKey(
        durationField('5m', '1s', '1h'),
        'live',
        'How long a model call may stay silent before it counts as interrupted and is repeated.',
      ),
      toolTimeout: defineKey(
        durationField('10m', '1s'),
        'live',
        'How long a tool call may take when neither the call nor the tool has a limit of its own.',
      ),
      passivateAfter: defineKey(
        durationField('5m', '1ms'),
        'live',
        'How long an idle session stays in memory. Its journal has everything.',
      ),
      resumeConcurrency: defineKey(
        countField(16, 1, 1024),
        'live',
        'Sessions that are resumed at once when the daemon starts, and again every tenth of a second, until all that were active have resumed.',
      ),
    })
    .prefault({}),
  'Limits on what sessions and turns may consume.',
);

/** The limits of a turn as optional keys without defaults: an agent overrides only those that it names. */
export const agentLimitsSection = defineGroup(
  z
    .strictObject({
      parallelTools: overridableKey(perTurn.parallelTools),
      modelAttempts: overridableKey(perTurn.modelAttempts),
      crashAttempts: overridableKey(perTurn.crashAttempts),
      delegateDepth: overridableKey(perTurn.delegateDepth),
      children: overridableKey(perTurn.children),
      turnModelCalls: overridableKey(perTurn.turnModelCalls),
      turnToolCalls: overridableKey(perTurn.turnToolCalls),
      turnTokens: overridableKey(perTurn.turnTokens),
      turnTime: overridableKey(perTurn.turnTime),
      equalCalls: overridableKey(perTurn.equalCalls),
      atTurnLimit: overridableKey(perTurn.atTurnLimit),
      toolOutput: overridableKey(perTurn.toolOutput),
    })
    .prefault({}),
  'Limits of this agent that differ from the general ones.',
);

function overridableKey<T extends z.ZodType>(schema: z.ZodPrefault<T>) {
  return schema
    .unwrap()
    .optional()
    .meta({ ...schema.meta() });
}
