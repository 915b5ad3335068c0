import type { AssistantPart, ToolCallPart, ToolResultPart } from '../../core/model/message.ts';
import type { PromptMessage } from './parts.ts';

/**
 * Gives every tool call exactly one result, in one message directly after the calls and in their order, and omits
 * results without a call. Providers refuse a history in which the two do not match.
 */
export function pairCalls(messages: readonly PromptMessage[]): PromptMessage[] {
  const paired: PromptMessage[] = [];
  let calls: ToolCallPart[] = [];
  let results: ToolResultPart[] = [];
  const settle = () => {
    if (calls.length > 0)
      paired.push({ role: 'tool', content: calls.map((call) => takeResult(call, results)) });
    calls = [];
    results = [];
  };
  for (const message of messages) {
    if (message.role === 'tool') {
      results.push(...message.content);
      continue;
    }
    settle();
    paired.push(message);
    if (message.role === 'assistant') calls = message.content.filter(isCall);
  }
  settle();
  return paired;
}

function isCall(part: AssistantPart): part is ToolCallPart {
  return part.type === 'tool-call';
}

/** Removes the matching result from `results` and returns it, so that two calls with the same id get one each. */
function takeResult({ toolCallId, toolName }: ToolCallPart, results: ToolResultPart[]): ToolResultPart {
  const at = results.findIndex((result) => result.toolCallId === toolCallId);
  const [found] = at < 0 ? [] : results.splice(at, 1);
  if (found) return { ...found, toolName };
  return { type: 'tool-result', toolCallId, toolName, output: { type: 'error-text', value: LOST } };
}

const LOST = 'No result of this call is known.';
