import type { Modality, ProviderConfig } from '../providers/provider-config.ts';

/**
 * The rules of a provider's API that a history or a tool list could violate. The provider refuses a request as a
 * whole when it violates one of them, so a single odd item would fail every later call of its session.
 */
export interface PromptRules {
  /** Ids of tool calls that are accepted; any other id is replaced by one of `length` letters and digits. */
  callIds: { accepted: RegExp; length: number };
  /** User and assistant must take turns: neighbours of one role become one message. */
  alternates: boolean;
  /** A user message must not follow a tool result directly. */
  separatesResults: boolean;
  /** Which assistant messages may carry reasoning: all, those with tool calls, or none. */
  reasoning: 'all' | 'with-calls' | 'none';
  /** The data without which reasoning is refused, as the provider package names it; null where it may be bare. */
  proof: { provider: string; members: readonly string[] } | null;
  /** Whether the provider signs blank text, which then must be sent back as part of the answer. */
  signsBlanks: boolean;
  /** How many tools a request may have, and the names that their arguments may have; null where anything goes. */
  tools: { most: number | null; keys: RegExp | null };
  /**
   * Whether tool results and answers may hold files, and the bytes of the largest image; null for no limit. Where
   * results are text only, their files follow in a user message.
   */
  files: { inResults: boolean; inAnswers: boolean; largestImage: number | null };
}

/** What a model takes besides text, and the files that its provider has refused. */
export interface FileSupport {
  modalities: ReadonlySet<Modality>;
  /** Why the provider refused a request with the file, by blob. In memory only: after a restart it is asked again. */
  refused: Map<string, string>;
}

const identifier = /^[\w-]{1,64}$/;

/**
 * Sources: Anthropic Messages API reference (`tool_use.id` matches `^[a-zA-Z0-9_-]+$` and is unique; an assistant
 * message must not end in thinking; content must not be blank; "property keys should match pattern"; an image
 * has at most 5 MB of base64).
 */
const anthropic: PromptRules = {
  callIds: { accepted: identifier, length: 24 },
  alternates: true,
  separatesResults: false,
  reasoning: 'all',
  proof: { provider: 'anthropic', members: ['signature', 'redactedData'] },
  signsBlanks: false,
  tools: { most: null, keys: /^[a-zA-Z0-9_.-]{1,64}$/ },
  files: { inResults: true, inAnswers: false, largestImage: 3_900_000 },
};

/**
 * Sources: Gemini API reference, `Content` (parts must not be empty; a turn of function calls follows a user turn)
 * and "Function calling" (as many responses as calls; at most 512 declarations).
 */
const google: PromptRules = {
  callIds: { accepted: identifier, length: 24 },
  alternates: true,
  separatesResults: false,
  reasoning: 'all',
  proof: null,
  signsBlanks: true,
  tools: { most: 512, keys: null },
  files: { inResults: false, inAnswers: true, largestImage: null },
};

/**
 * Sources: OpenAI API reference, Responses: `call_id` has at most 64 characters; a reasoning item needs its following
 * item, and its encrypted content where nothing is stored at OpenAI; "Invalid 'tools': array too long" (128).
 */
const responses: PromptRules = {
  callIds: { accepted: identifier, length: 24 },
  alternates: false,
  separatesResults: false,
  reasoning: 'all',
  proof: { provider: 'openai', members: ['reasoningEncryptedContent'] },
  signsBlanks: false,
  tools: { most: 128, keys: null },
  files: { inResults: true, inAnswers: false, largestImage: null },
};

/** Source: OpenAI API reference, Chat Completions, `tool_calls[].id` (at most 40 characters). */
const chat: PromptRules = {
  callIds: { accepted: /^[\w-]{1,40}$/, length: 24 },
  alternates: false,
  separatesResults: false,
  reasoning: 'none',
  proof: null,
  signsBlanks: false,
  tools: { most: 128, keys: null },
  files: { inResults: false, inAnswers: false, largestImage: null },
};

/**
 * Any server behind OpenAI's protocol, hence the strictest that are known. Sources: Mistral's API ("Tool call id
 * has to be a-z, A-Z, 0-9, with a length of 9"; "Unexpected role 'user' after role 'tool'"); the chat templates of
 * Mistral and Gemma ("Conversation roles must alternate"); DeepSeek's guide to thinking mode (`reasoning_content`
 * goes back with tool calls and is left out elsewhere).
 */
const compatible: PromptRules = {
  callIds: { accepted: /^[A-Za-z0-9]{9}$/, length: 9 },
  alternates: true,
  separatesResults: true,
  reasoning: 'with-calls',
  proof: null,
  signsBlanks: false,
  tools: { most: 128, keys: null },
  files: { inResults: false, inAnswers: false, largestImage: null },
};

/** Kimi's chat template writes the id into the prompt, and the model expects `functions.name:index` there. */
const kimi: PromptRules = {
  ...compatible,
  callIds: { accepted: /^(?:functions\.[\w-]{1,64}:\d{1,9}|[A-Za-z0-9]{9})$/, length: 9 },
};

const withoutReasoning: PromptRules = { ...compatible, reasoning: 'none' };

/**
 * Servers that refuse messages with a member `reasoning_content`: Groq, Mistral and Cerebras say so in a 400 or
 * 422.
 */
const WITHOUT_REASONING = /(?:^|\.)(?:groq\.com|mistral\.ai|cerebras\.ai)$/;

/** Returns the rules for a model of a configured provider; undefined when the provider accepts anything. */
export function selectPromptRules(
  config: Pick<ProviderConfig, 'type' | 'api' | 'baseUrl'>,
  modelId: string,
): PromptRules | undefined {
  switch (config.type) {
    case 'anthropic':
      return anthropic;
    case 'google':
      return google;
    case 'openai':
      return config.api === 'chat' ? chat : responses;
    case 'openai-compatible':
      return selectCompatibleRules(config.baseUrl, modelId);
    case 'scripted':
      return undefined;
  }
}

function selectCompatibleRules(baseUrl: string | undefined, modelId: string): PromptRules {
  const host = URL.parse(baseUrl ?? '')?.hostname ?? '';
  if (WITHOUT_REASONING.test(host)) return withoutReasoning;
  return /kimi/i.test(modelId) ? kimi : compatible;
}
