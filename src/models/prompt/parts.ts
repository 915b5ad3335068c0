import type {
  AssistantPart,
  Json,
  ModelMessage,
  ToolCallPart,
  ToolOutput,
  ToolResultPart,
} from '../../core/model/message.ts';
import { isBlank, takeHead } from '../../core/model/text.ts';
import { makeWellFormed } from './well-formed.ts';

/** A message that is being prepared for a provider; system messages have been converted to user messages. */
export type PromptMessage = Exclude<ModelMessage, { role: 'system' }>;

/**
 * Converts a single message to a form that every provider accepts: well-formed text, valid tool names, arguments
 * that are objects, and outputs that are not blank.
 */
export function normalizeMessage(message: ModelMessage): PromptMessage {
  return normalizeByRole(makeWellFormed(message));
}

function normalizeByRole(message: ModelMessage): PromptMessage {
  switch (message.role) {
    case 'system':
      // Some providers take system messages only at the beginning.
      return { role: 'user', content: [{ type: 'text', text: message.content }] };
    case 'user':
      return message;
    case 'assistant':
      return { ...message, content: message.content.filter(isClientSide).map(normalizePart) };
    case 'tool':
      return { ...message, content: message.content.map(normalizeResult) };
  }
}

/**
 * Tells whether a part is sent. Calls that a provider ran itself and their results are omitted, because no other
 * provider could read them; the answer that they led to is sent.
 */
function isClientSide(part: AssistantPart): boolean {
  return part.type !== 'tool-result' && !(part.type === 'tool-call' && part.providerExecuted);
}

function normalizePart(part: AssistantPart): AssistantPart {
  if (part.type !== 'tool-call') return part;
  const { invalid: _, ...call } = part;
  return { ...call, ...safeToolName(call), input: toArguments(call.input) };
}

function normalizeResult(part: ToolResultPart): ToolResultPart {
  return { ...part, ...safeToolName(part), output: normalizeOutput(part.output) };
}

/**
 * Replaces characters that providers refuse in a tool name. A model may call a tool by a name that its own API
 * refuses in a history ("functions.shell", ""), which would fail every later call of the session.
 */
function safeToolName({ toolName: name }: Pick<ToolCallPart, 'toolName'>): Pick<ToolCallPart, 'toolName'> {
  if (/^[a-zA-Z_][\w-]{0,63}$/.test(name)) return { toolName: name };
  const plain = name.replace(/[^\w-]/g, '_');
  const safe = /^[a-zA-Z_]/.test(plain) ? plain : `_${plain}`;
  return { toolName: plain === '' ? 'unnamed' : takeHead(safe, 64) };
}

/** Replaces arguments that are not an object by an empty one; Anthropic and Google accept objects only. */
function toArguments(input: Json): Json {
  return typeof input === 'object' && input !== null && !Array.isArray(input) ? input : {};
}

function normalizeOutput(output: ToolOutput): ToolOutput {
  if (output.type === 'json') return output;
  if (output.type === 'execution-denied') {
    return isBlank(output.reason ?? '') ? { type: output.type } : output;
  }
  if (output.type === 'content')
    return output.value.length === 0 ? { type: 'text', value: NO_OUTPUT } : output;
  return isBlank(output.value) ? { type: output.type, value: NO_OUTPUT } : output;
}

const NO_OUTPUT = '(no output)';
