import { createHash } from 'node:crypto';
import type { RecordedEvent } from '../../core/model/events.ts';
import type { Approval, ToolCall } from '../../core/model/state.ts';
import type { SessionAppend } from './append.ts';
import { findModelCall, findToolCall, findTurn } from './calls.ts';
import { ERROR_TYPE, GEN_AI, OPERATION, splitModel } from './conventions.ts';

export type Attributes = Record<string, string | number | string[]>;

/** A finished piece of work of a turn. Times are in milliseconds since the epoch. */
export interface Span {
  traceId: string;
  spanId: string;
  /** Absent for the turn itself, which is the root of its trace. */
  parentSpanId?: string;
  name: string;
  /** A model call leaves the daemon; everything else happens in it. */
  kind: 'client' | 'internal';
  start: number;
  end: number;
  /** Set when the work did not succeed: the reason in one word. */
  error?: string;
  attributes: Attributes;
}

export interface SpanOptions {
  /** Name of the store; part of the ids, because session names are unique only within it. */
  store: string;
  /** Whether arguments, results and answers are part of the spans. */
  content: boolean;
}

/**
 * Derives the spans that an append finished. Every id is a hash of session, turn and step, so all generations that
 * work on a turn add to one trace, and a span that is derived twice is the same span.
 */
export function deriveSpans(append: SessionAppend, options: SpanOptions): Span[] {
  return append.events.flatMap((event) => {
    const turn = findTurn(append, event);
    const span = deriveSpan(event, append, options);
    if (!turn || !span) return [];
    const ids = deriveIds(options.store, append.session, turn.number);
    const { id, ...rest } = span;
    const attributes = {
      [GEN_AI.conversation]: append.session,
      'midturn.turn': turn.number,
      ...rest.attributes,
    };
    const parent = id === TURN ? {} : { parentSpanId: ids.spanOf(TURN) };
    return [{ traceId: ids.traceId, spanId: ids.spanOf(id), ...parent, ...rest, attributes }];
  });
}

/** Id of the turn's own span within its trace, which is the parent of all other spans of the turn. */
const TURN = 'turn';

type Draft = Omit<Span, 'traceId' | 'spanId' | 'parentSpanId'> & { id: string };

function deriveSpan(event: RecordedEvent, append: SessionAppend, { content }: SpanOptions): Draft | null {
  switch (event.type) {
    case 'turn_finished':
      return deriveTurnSpan(event, append);
    case 'model_call_finished':
    case 'history_compacted':
    case 'model_call_interrupted':
      return deriveModelSpan(event, append, content);
    case 'tool_call_finished':
    case 'tool_call_interrupted':
    case 'tool_call_outcome_unknown':
      return deriveToolSpan(event, append, content);
    case 'approval_resolved':
      return deriveWaitSpan(event, append);
    case 'session_handed_over':
      return {
        ...{ id: `handover ${event.from} ${event.to}`, name: 'handover', kind: 'internal' },
        ...{ start: event.at, end: event.at },
        attributes: { 'midturn.handover.cause': event.cause, 'midturn.generation': event.to },
      };
    default:
      return null;
  }
}

type Of<Type extends RecordedEvent['type']> = Extract<RecordedEvent, { type: Type }>;

function deriveTurnSpan(event: Of<'turn_finished'>, append: SessionAppend): Draft {
  const { agent } = append.after;
  return {
    ...{ id: TURN, name: `${OPERATION.agent} ${agent}`, kind: 'internal' },
    ...{ start: findTurn(append, event)?.startedAt ?? event.at, end: event.at },
    ...(event.outcome === 'answered' ? {} : { error: event.outcome }),
    attributes: {
      ...{ [GEN_AI.operation]: OPERATION.agent, [GEN_AI.agent]: agent },
      'midturn.outcome': event.outcome,
    },
  };
}

function deriveModelSpan(
  event: Of<'model_call_finished' | 'history_compacted' | 'model_call_interrupted'>,
  append: SessionAppend,
  content: boolean,
): Draft | null {
  const call = findModelCall(append, event.step);
  if (!call) return null;
  const { provider, model } = splitModel(call.model);
  const failed = event.type === 'model_call_interrupted';
  return {
    ...{ id: `model ${call.step} ${call.attempt}`, name: `${OPERATION.chat} ${model}`, kind: 'client' },
    ...{ start: call.startedAt, end: event.at },
    ...(failed ? { error: event.cause } : {}),
    attributes: {
      ...{ [GEN_AI.operation]: OPERATION.chat, [GEN_AI.provider]: provider, [GEN_AI.model]: model },
      ...{ 'midturn.step': call.step, 'midturn.attempt': call.attempt },
      ...(failed ? { [ERROR_TYPE]: event.cause } : describeUsage(event.usage)),
      ...(event.type === 'model_call_finished' ? { [GEN_AI.finishReasons]: [event.finish] } : {}),
      ...(content && event.type === 'model_call_finished'
        ? { [GEN_AI.outputMessages]: JSON.stringify([{ role: 'assistant', parts: event.content }]) }
        : {}),
    },
  };
}

function describeUsage({ input, output, cached }: { input?: number; output?: number; cached?: number } = {}) {
  return {
    ...(input === undefined ? {} : { [GEN_AI.inputTokens]: input }),
    ...(output === undefined ? {} : { [GEN_AI.outputTokens]: output }),
    ...(cached === undefined ? {} : { [GEN_AI.cachedTokens]: cached }),
  };
}

function deriveToolSpan(
  event: Of<'tool_call_finished' | 'tool_call_interrupted' | 'tool_call_outcome_unknown'>,
  append: SessionAppend,
  content: boolean,
): Draft | null {
  const call = findToolCall(append, event.call);
  // A call that was refused has not started.
  if (!call || call.startedAt === 0) return null;
  const error = describeToolError(event);
  return {
    ...{ id: `tool ${event.call} ${call.attempt}`, name: `${OPERATION.tool} ${call.part.toolName}` },
    ...{ kind: 'internal', start: call.startedAt, end: event.at },
    ...(error === undefined ? {} : { error }),
    attributes: {
      ...{
        [GEN_AI.operation]: OPERATION.tool,
        [GEN_AI.tool]: call.part.toolName,
        [GEN_AI.toolCall]: event.call,
      },
      ...{ 'midturn.effect': call.effect, 'midturn.attempt': call.attempt },
      ...(call.child === null ? {} : { 'midturn.child': call.child }),
      ...(error === undefined ? {} : { [ERROR_TYPE]: error }),
      ...(content ? describeContent(event, call) : {}),
    },
  };
}

function describeToolError(event: Parameters<typeof deriveToolSpan>[0]): string | undefined {
  if (event.type === 'tool_call_outcome_unknown') return 'outcome_unknown';
  if (event.type === 'tool_call_interrupted') return event.cause;
  return event.output.type.startsWith('error') ? 'tool_error' : undefined;
}

function describeContent(event: Parameters<typeof deriveToolSpan>[0], { part }: ToolCall): Attributes {
  const result =
    event.type === 'tool_call_finished' ? { [GEN_AI.toolResult]: JSON.stringify(event.output) } : {};
  return { [GEN_AI.toolArguments]: JSON.stringify(part.input), ...result };
}

/** Derives the span of the time for which a call waited for an approver; null when it did not wait in this turn. */
function deriveWaitSpan(
  { approval, call, at, decision }: Of<'approval_resolved'>,
  append: SessionAppend,
): Draft | null {
  const asked = findApproval(append, approval);
  return (
    asked && {
      ...{ id: `approval ${approval}`, name: 'wait for approval', kind: 'internal' },
      ...{ start: asked.requestedAt, end: at },
      attributes: { [GEN_AI.toolCall]: call, 'midturn.decision': decision },
    }
  );
}

function findApproval({ before, after }: SessionAppend, id: string): Pick<Approval, 'requestedAt'> | null {
  const calls = [before, after].flatMap(({ turn }) => turn?.tools ?? []);
  const asked = calls.flatMap(({ approval, questions }) => [approval, ...questions]);
  return asked.find((each) => each?.id === id) ?? null;
}

function deriveIds(store: string, session: string, turn: number) {
  const traceId = hash(`${store}\0${session}\0${turn}`, 16);
  return { traceId, spanOf: (id: string) => hash(`${traceId}\0${id}`, 8) };
}

function hash(text: string, bytes: number): string {
  return createHash('sha256')
    .update(text)
    .digest('hex')
    .slice(0, bytes * 2);
}
