import { z } from 'zod';
import { DEFAULT_TOOLS, withDefaultTools } from '../../permissions/default-tools.ts';
import { findRuleFault, RULE_SHAPE, type ToolPolicy } from '../../permissions/rule.ts';
import { countField, defineGroup, defineKey, durationField, nameField, pathField } from '../fields/fields.ts';
import { agentLimitsSection } from './limits.ts';

const rule = z
  .string()
  .superRefine((text, ctx) => {
    const message = findRuleFault(text);
    if (message !== undefined) ctx.addIssue({ code: 'custom', message });
  })
  .meta({ pattern: RULE_SHAPE.source });

const tools = z
  .union([z.array(rule), z.record(rule, z.enum(['allow', 'ask', 'deny']))])
  .transform((value): ToolPolicy => {
    if (!Array.isArray(value)) return withDefaultTools(value);
    const named = value.map((tool): [string, 'allow'] => [tool, 'allow']);
    return { '*': 'deny', ...Object.fromEntries(named) };
  });

const model = z
  .string()
  .regex(/^[^/\s]+\/\S+$/, 'expected "provider/model", such as "anthropic/claude-sonnet-4-5"');

const approvals = defineGroup(
  z
    .strictObject({
      timeout: defineKey(
        durationField('1d', '1s', '30d'),
        'live',
        'How long a question about a call waits for an answer before the call counts as refused.',
      ),
      approvers: defineKey(
        z.array(z.string().min(1)).optional(),
        'live',
        'Names of the approvers who may decide; when absent, every client of the API may.',
        { plain: true },
      ),
    })
    .prefault({}),
  'Questions to approvers about calls with the verdict `ask`.',
);

const compaction = defineGroup(
  z
    .strictObject({
      window: defineKey(
        countField(128_000, 1_000, 100_000_000),
        'live',
        'Tokens that the model takes in one call, prompt and answer together: its context window, or less to spend less.',
      ),
      at: defineKey(
        z.number().min(0.1).max(0.95).prefault(0.8),
        'live',
        'The share of the window from which on the older part of the conversation is summarised.',
      ),
      keepTurns: defineKey(
        countField(4, 1, 1000),
        'live',
        'The latest turns, the running one included, that are kept word for word as far as they fit into half of that.',
      ),
      model: defineKey(
        model.optional(),
        'live',
        "The model that writes the summaries, as `provider/model`; the agent's own when absent.",
        { plain: true },
      ),
    })
    .prefault({}),
  'What happens to conversations that outgrow the model.',
);

const instructions = z.union([z.string(), z.strictObject({ file: pathField })]);

export const agentsSection = defineGroup(
  z
    .record(
      nameField,
      z.strictObject({
        model: defineKey(model, 'live', 'The model that the agent uses, as `provider/model`.', {
          plain: true,
        }),
        instructions: defineKey(
          instructions.prefault(''),
          'live',
          'What the agent is told about itself and its work: the text, or `{"file": "main.md"}` for one in a file of its own. A relative path starts at the home.',
          { plain: true, shape: 'string or object' },
        ),
        skills: defineKey(
          pathField.optional(),
          'live',
          'Folder of skills in the Agent Skills format, each a folder with a `SKILL.md`. The agent is told their names and descriptions and reads the rest with `read_skill`. A relative path starts at the home.',
          { plain: true },
        ),
        tools: defineKey(
          tools.prefault({ ...DEFAULT_TOOLS }),
          'live',
          'Which tools the agent may use: a list of rules (what they mean and nothing else), or `allow`, `ask` (only after an approver has approved the call) or `deny` by rule. A rule is the name of a tool, `mcp__github__*` for all tools whose names start like that, `*` for all tools that no other rule names, or a name with a pattern for the arguments, such as `shell(git status*)`, `write_file(notes/**)`, `http_fetch(*.example.com)` or `delegate(helper)`. A record without `*` extends the default: reads are allowed, everything else asks. The more specific rule applies; docs/guide/approvals.md has the details.',
        ),
        delegatedRules: defineKey(
          z.enum(['both', 'own']).prefault('both'),
          'live',
          'Which rules of `tools` hold when a session of this agent works on a task of another agent: `both`, so that the stricter of the two agents decides about each call; or `own`, this agent alone, even where the other one may do less.',
        ),
        maxOutputTokens: defineKey(
          z.int().min(1).max(10_000_000).optional(),
          'live',
          "The longest answer of one model call, in tokens; the provider's own limit when absent.",
        ),
        approvals,
        compaction,
        limits: agentLimitsSection,
      }),
    )
    .prefault({ main: { model: 'scripted/echo' } })
    .refine((value) => Object.keys(value).length > 0, 'there must be at least one agent'),
  'The agents, by name. Without any, there is one called `main` that repeats what it is told.',
);
