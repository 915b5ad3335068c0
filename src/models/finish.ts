import type { LanguageModelV4FinishReason } from '@ai-sdk/provider';

/** How a stream ended, as the journal records it; `null` when the answer is incomplete. */
export type StreamEnding =
  | Exclude<LanguageModelV4FinishReason['unified'], 'error' | 'interrupted'>
  | 'overflow'
  | null;

/**
 * Reads the provider's finish reason. Provider packages map only their own provider's reasons and report the rest as
 * `other`, so that an abort looks like an end; they also invent a finish for streams that merely stopped.
 */
export function readEnding({ unified, raw }: LanguageModelV4FinishReason): StreamEnding {
  if (unified === 'error' || unified === 'interrupted') return null;
  if (unified !== 'other') return unified;
  if (raw === undefined) return null;
  const found = endings.find(([pattern]) => pattern.test(raw));
  return found ? found[1] : 'other';
}

/** Finish reasons of vLLM, SGLang, TGI, DeepSeek, Mistral, Cohere, Zhipu, watsonx, OpenRouter and similar servers. */
const endings: readonly [RegExp, StreamEnding][] = [
  [
    /^(?:error|abort(?:ed)?|cancel(?:l?ed)?|user_cancel|failed|failure|timeout|time_limit|interrupted|incomplete)$/i,
    null,
  ],
  [/error|abort|insufficient_system_resource|overload|unavailable|not_finished|disconnect|^null$|^$/i, null],
  [/context_(?:window|length)_exceeded/i, 'overflow'],
  [/^(?:max_\w*tokens?|model_length|max_length|max_output|token_limit|length_limit)$/i, 'length'],
  [/^(?:tool_use|tool_call|function_calls?|tool-calls)$/i, 'tool-calls'],
  [/sensitive|safety|filter|guardrail|moderation|blocklist|refusal|toxic/i, 'content-filter'],
  [
    /^(?:end_turn|eos|eos_token|end_of_text|stop_sequence|complete[d]?|normal|done|finish(?:ed)?|end)$/i,
    'stop',
  ],
];
