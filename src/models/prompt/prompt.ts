import type { LanguageModelV4Message, LanguageModelV4Prompt } from '@ai-sdk/provider';
import type { ModelMessage } from '../../core/model/message.ts';
import { isBlank } from '../../core/model/text.ts';
import { omitBlanks } from './blanks.ts';
import { assignCallIds } from './ids.ts';
import { pairCalls } from './pairs.ts';
import { normalizeMessage, type PromptMessage } from './parts.ts';
import { omitForeignData, omitReasoning } from './reasoning.ts';
import { orderRoles } from './roles.ts';
import type { PromptRules } from './rules.ts';

/** The model that a prompt is built for, with the rules of its provider. */
export interface PromptTarget {
  /** `"provider/model"`, as the configuration names it. */
  model: string;
  /** Absent for models that accept anything. */
  rules: PromptRules | undefined;
}

/**
 * Builds the prompt of a conversation. The journal keeps a history as it happened, odd items included; this
 * function turns it into a prompt that the provider accepts, so that no item can fail every later call of its
 * session. It uses no casts on purpose: it compiles only as long as stored messages fit the provider interface.
 */
export function toPrompt(
  instructions: string,
  history: readonly ModelMessage[],
  addressee: PromptTarget,
): LanguageModelV4Prompt {
  const messages = prepareHistory(history, addressee);
  const { rules } = addressee;
  const accepted = rules ? orderRoles(assignCallIds(pairCalls(messages), rules), rules) : messages;
  const system: LanguageModelV4Prompt = isBlank(instructions)
    ? []
    : [{ role: 'system', content: instructions.toWellFormed() }];
  return system.concat(accepted.map(toProviderMessage));
}

/**
 * Repairs each message of the history by itself. Messages never change and a history only grows between two calls,
 * so the result for the previous call of a session is cached under the session's first message and extended.
 */
function prepareHistory(
  history: readonly ModelMessage[],
  { model, rules }: PromptTarget,
): readonly PromptMessage[] {
  const [first] = history;
  if (!first) return [];
  const known = PREPARED_HISTORIES.get(first);
  const fits = known?.model === model && known.rules === rules && isContinuedBy(known, history);
  const kept: PreparedHistory = fits ? known : { model, rules, messages: [], count: 0, last: first };
  for (const message of history.slice(kept.count)) {
    const one = repairMessage(message, { model, rules });
    if (one) kept.messages.push(one);
    kept.last = message;
  }
  kept.count = history.length;
  PREPARED_HISTORIES.set(first, kept);
  return kept.messages;
}

interface PreparedHistory extends PromptTarget {
  messages: PromptMessage[];
  /** The number of messages of the history that are included. `last` is the last of them. */
  count: number;
  last: ModelMessage;
}

const PREPARED_HISTORIES = new WeakMap<ModelMessage, PreparedHistory>();

function isContinuedBy({ count, last }: PreparedHistory, history: readonly ModelMessage[]): boolean {
  return history.length >= count && history[count - 1] === last;
}

function repairMessage(message: ModelMessage, { model, rules }: PromptTarget): PromptMessage | null {
  const own = omitForeignData(normalizeMessage(message), model);
  const visible = omitBlanks(own, rules);
  const accepted = rules ? omitReasoning(visible, rules) : visible;
  // Providers refuse messages without content.
  return accepted.content.length > 0 ? accepted : null;
}

/** Removes members of a message that only the journal uses. */
function toProviderMessage(message: PromptMessage): LanguageModelV4Message {
  if (message.role !== 'assistant' || message.model === undefined) return message;
  return { role: 'assistant', content: message.content };
}
