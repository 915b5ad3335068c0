import type { AssistantPart, JsonObject } from '../../core/model/message.ts';
import type { PromptMessage } from './parts.ts';
import type { PromptRules } from './rules.ts';

/**
 * Omits parts that may be sent only to the model that wrote them: reasoning and the data that its provider added
 * (signatures, encrypted reasoning, item ids). Another provider cannot verify them and refuses the request.
 */
export function omitForeignData(message: PromptMessage, model: string): PromptMessage {
  if (message.role !== 'assistant' || message.model === undefined || message.model === model) return message;
  return {
    ...message,
    content: message.content.filter(({ type }) => type !== 'reasoning').map(omitProviderData),
  };
}

function omitProviderData(part: AssistantPart): AssistantPart {
  const { providerOptions: _, ...plain } = part;
  return plain;
}

/**
 * Omits reasoning that the rules do not allow, that lacks the signature its provider requires, or that ends the
 * message: no provider accepts an answer that ends in reasoning.
 */
export function omitReasoning(message: PromptMessage, rules: PromptRules): PromptMessage {
  if (message.role !== 'assistant') return message;
  const { content } = message;
  const last = mayReason(content, rules) ? content.findLastIndex(({ type }) => type !== 'reasoning') : -1;
  const kept = content.filter(
    (part, index) => part.type !== 'reasoning' || (index < last && hasProof(part, content, rules)),
  );
  return kept.length === content.length ? message : { ...message, content: kept };
}

function mayReason(content: readonly AssistantPart[], { reasoning }: PromptRules): boolean {
  if (reasoning === 'with-calls') return content.some(({ type }) => type === 'tool-call');
  return reasoning === 'all';
}

/**
 * Tells whether reasoning carries the required signature. At OpenAI, several parts form one item and any of them may
 * carry the signature.
 */
function hasProof(part: AssistantPart, content: readonly AssistantPart[], { proof }: PromptRules): boolean {
  if (!proof) return true;
  const { provider, members } = proof;
  const data = part.providerOptions?.[provider];
  const proves = (each: JsonObject | undefined) =>
    members.some((member) => typeof each?.[member] === 'string');
  if (proves(data)) return true;
  const item = data?.['itemId'];
  return (
    item !== undefined &&
    content.some(({ type, providerOptions }) => {
      const other = providerOptions?.[provider];
      return type === 'reasoning' && other?.['itemId'] === item && proves(other);
    })
  );
}
