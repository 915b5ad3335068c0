import type { ElicitationResult } from '../../core/model/elicitation.ts';
import type { Effect } from '../../core/model/events.ts';
import type { Json, JsonObject, ToolOutput } from '../../core/model/message.ts';
import { messageOf } from '../../errors/errors.ts';
import { McpUnavailableError } from '../../errors/mcp.ts';
import {
  type CallElicitations,
  type Interruption,
  type Tool,
  type ToolContext,
  toolError,
} from '../port/tool.ts';
import { toExposedName } from './offer/names.ts';
import { omitAbsentNulls } from './offer/nulls.ts';
import { type OfferedTool, selectTools } from './offer/offer.ts';
import { appendNote, toToolOutput } from './offer/output.ts';
import { InputRequired, toQuestions } from './rounds.ts';
import type { McpServer } from './server.ts';
import type { McpServerConfig } from './wire/config.ts';

/** The dependencies of a call: its server, that server's configuration, and the mask for secrets in error texts. */
export interface McpCallDeps {
  server: McpServer;
  config: McpServerConfig;
  redact(text: string): string;
}

/** Adapts an offered tool of a server to the runner's tool interface. */
function toTool(offer: OfferedTool, site: McpCallDeps): Tool {
  const { exposed, description, inputSchema, effect } = offer;
  return {
    name: exposed,
    description,
    inputSchema,
    effect: () => effect,
    ...timeoutOption(site.config),
    run: (input, context) => runTool(offer.tool, effect, omitAbsentNulls(input, inputSchema), context, site),
  };
}

/**
 * Creates a placeholder for a tool of a server that has not listed its tools yet. A call of it waits for the server
 * and then runs the listed tool. Its effect is the configured one, otherwise `write`, the most cautious assumption.
 */
export function createAwaitedTool(exposed: string, site: McpCallDeps, find: () => Tool | undefined): Tool {
  return {
    name: exposed,
    description: '',
    inputSchema: { type: 'object' },
    effect: () => configuredEffect(exposed, site) ?? 'write',
    ...timeoutOption(site.config),
    async run(input, context) {
      try {
        await site.server.waitUntilReady(context.signal);
      } catch (error) {
        return toolError(site.redact(messageOf(error)));
      }
      return find()?.run(input, context) ?? toolError(`There is no tool ${exposed}; nothing was done.`);
    },
  };
}

function configuredEffect(exposed: string, { server, config }: McpCallDeps): Effect | undefined {
  return Object.entries(config.effects).find(([tool]) => toExposedName(server.name, tool) === exposed)?.[1];
}

function timeoutOption({ timeout }: McpServerConfig): Pick<Tool, 'timeout'> {
  return timeout === undefined ? {} : { timeout: () => timeout };
}

async function runTool(
  tool: string,
  effect: Effect,
  input: Json,
  context: ToolContext,
  { server, redact }: McpCallDeps,
): Promise<ToolOutput | CallElicitations> {
  const { session, key, signal, answers } = context;
  if (signal.aborted) return toolError(`Not run: ${signal.reason}.`);
  if (!isObject(input)) return toolError(`The arguments of ${tool} must be an object; nothing was done.`);
  // The server waits only for the pages to be visited; without that it would ask the same again.
  if (answers?.resume === null && answers.given.some(({ decision }) => decision !== 'approved')) {
    return toolError(`${tool} did nothing and was not called again. ${describeResults(answers.given)}`);
  }
  const given = [...(answers?.given ?? [])];
  const ask = recordResults(context.ask, given);
  try {
    const { storeFile, report } = context;
    const result = await server.callTool(tool, input, { key, signal, session, answers, ask, report });
    if (!(result instanceof InputRequired))
      return appendNote(await toToolOutput(result.value, storeFile), describeResults(given));
    const questions = toQuestions(result, server.name);
    if (typeof questions !== 'string') return questions;
    return toolError(`The MCP server "${server.name}" did not do ${tool}: ${questions}.`);
  } catch (error) {
    const why = redact(explainCallFailure(tool, effect, error, signal, server.name));
    return appendNote(toolError(why), describeResults(given));
  }
}

function recordResults(ask: ToolContext['ask'], given: ElicitationResult[]): ToolContext['ask'] {
  if (!ask) return undefined;
  return async (question, withdrawn) => {
    const answer = await ask(question, withdrawn);
    given.push(answer);
    return answer;
  };
}

/**
 * Describes for the model which questions were declined, expired or withdrawn. The server cannot tell these apart,
 * but an expired question is not a refusal.
 */
function describeResults(given: readonly ElicitationResult[]): string {
  const notes = given.flatMap(({ decision, note }) => {
    if (decision === 'denied')
      return [note === null ? DENIED : `An approver declined to answer, with the note: ${note}`];
    return decision === 'approved' ? [] : [decision === 'expired' ? EXPIRED : WITHDRAWN];
  });
  return [...new Set(notes)].join(' ');
}

const DENIED = 'An approver declined to answer.';
const EXPIRED = 'A question of the server was not answered in time; the server was told "cancel".';
const WITHDRAWN =
  'A question of the server could not wait for an answer (the daemon was leaving, no approver could be asked, or the server withdrew the question); the server was told "cancel", and no approver has decided anything.';

/** Explains to the model why a call has no result and, above all, whether it may have taken effect. */
function explainCallFailure(
  tool: string,
  effect: Effect,
  error: unknown,
  signal: AbortSignal,
  server: string,
): string {
  if (error instanceof McpUnavailableError) return error.message;
  const known = error instanceof Error && 'known' in error ? error.known : 'unknown';
  if (known === 'unsent')
    return new McpUnavailableError(server, `did not take the call: ${messageOf(error)}`).message;
  if (known === 'answered') return `The MCP server "${server}" answered with an error: ${messageOf(error)}`;
  const why = signal.aborted
    ? (WHY[String(signal.reason) as Interruption] ?? 'it was stopped')
    : messageOf(error);
  return `${tool} of the MCP server "${server}" returned no result: ${why}. ${CONSEQUENCE[effect]}`;
}

const WHY: Record<Interruption, string> = {
  cancelled: 'it was cancelled, and the server was told so',
  timeout: 'its time limit was reached, and the server was told to stop',
  detach: 'the daemon is leaving',
};

const CONSEQUENCE: Record<Effect, string> = {
  read: 'It only reads, so it can be called again.',
  idempotent: 'It may or may not have taken effect; calling it again with the same arguments does no harm.',
  write: 'It may or may not have taken effect. Check before you repeat it.',
};

function isObject(input: Json): input is JsonObject {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}

/** Creates the tools of one server from its list, keyed by the name under which models call them. */
export function createServerTools(
  listed: Parameters<typeof selectTools>[1],
  site: McpCallDeps,
): Map<string, Tool> {
  const offers = selectTools(site.server.name, listed, site.config);
  return new Map(offers.map((offer) => [offer.exposed, toTool(offer, site)]));
}
