import type {
  AssistantPart,
  Json,
  Message,
  ToolCallPart,
  ToolOutput,
  ToolResultPart,
} from '../../core/model/message.ts';
import { isBlank, takeHead } from '../../core/model/text.ts';
import { makeWellFormed } from './well-formed.ts';

/** One message on its way to a provider: the roles that every provider knows, in any order. */
export type SentMessage = Exclude<Message, { role: 'system' }>;

/**
 * What every provider wants of a single message, whatever the rest of the history is: well-formed text, names of tools
 * that are allowed, arguments that are objects, outputs that say something.
 */
export function tidyMessage(message: Message): SentMessage {
  return tidied(makeWellFormed(message));
}

function tidied(message: Message): SentMessage {
  switch (message.role) {
    case 'system':
      // Some providers take system messages only at the beginning.
      return { role: 'user', content: [{ type: 'text', text: message.content }] };
    case 'user':
      return message;
    case 'assistant':
      return { ...message, content: message.content.filter(isOwn).map(tidyPart) };
    case 'tool':
      return { ...message, content: message.content.map(tidyResult) };
  }
}

/**
 * Calls that a provider ran itself stay in the journal: the answer that they led to goes back, and the call could be
 * read by no other provider. We never ask for them.
 */
function isOwn(part: AssistantPart): boolean {
  return part.type !== 'tool-result' && !(part.type === 'tool-call' && part.providerExecuted);
}

function tidyPart(part: AssistantPart): AssistantPart {
  if (part.type !== 'tool-call') return part;
  const { invalid: _, ...call } = part;
  return { ...call, ...toolName(call), input: argumentsOf(call.input) };
}

function tidyResult(part: ToolResultPart): ToolResultPart {
  return { ...part, ...toolName(part), output: tidyOutput(part.output) };
}

/**
 * A model can call a tool by a name that its own API refuses when it comes back ("functions.shell", ""), which
 * would fail every later call of the session.
 */
function toolName({ toolName: name }: Pick<ToolCallPart, 'toolName'>): Pick<ToolCallPart, 'toolName'> {
  if (/^[a-zA-Z_][\w-]{0,63}$/.test(name)) return { toolName: name };
  const plain = name.replace(/[^\w-]/g, '_');
  const safe = /^[a-zA-Z_]/.test(plain) ? plain : `_${plain}`;
  return { toolName: plain === '' ? 'unnamed' : takeHead(safe, 64) };
}

/** Anthropic and Google take objects only. */
function argumentsOf(input: Json): Json {
  return typeof input === 'object' && input !== null && !Array.isArray(input) ? input : {};
}

function tidyOutput(output: ToolOutput): ToolOutput {
  if (output.type === 'json') return output;
  if (output.type === 'execution-denied') {
    return isBlank(output.reason ?? '') ? { type: output.type } : output;
  }
  return isBlank(output.value) ? { type: output.type, value: NO_OUTPUT } : output;
}

const NO_OUTPUT = '(no output)';
