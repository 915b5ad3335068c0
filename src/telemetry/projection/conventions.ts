/**
 * Names of the OpenTelemetry semantic conventions for generative AI, version 1.41, as far as Midturn uses them. They
 * are in development and change; this file pins them. Source: opentelemetry.io/docs/specs/semconv/gen-ai.
 */
export const GEN_AI = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  model: 'gen_ai.request.model',
  conversation: 'gen_ai.conversation.id',
  agent: 'gen_ai.agent.name',
  finishReasons: 'gen_ai.response.finish_reasons',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cachedTokens: 'gen_ai.usage.cache_read.input_tokens',
  tool: 'gen_ai.tool.name',
  toolCall: 'gen_ai.tool.call.id',
  /** Content; sent only with `telemetry.otlp.content`. */
  outputMessages: 'gen_ai.output.messages',
  toolArguments: 'gen_ai.tool.call.arguments',
  toolResult: 'gen_ai.tool.call.result',
  tokenType: 'gen_ai.token.type',
  tokenUsage: 'gen_ai.client.token.usage',
  operationDuration: 'gen_ai.client.operation.duration',
} as const;

/** Values of `gen_ai.operation.name`. */
export const OPERATION = { chat: 'chat', agent: 'invoke_agent', tool: 'execute_tool' } as const;

/** Buckets that the conventions prescribe, in seconds and in tokens. */
export const DURATION_BUCKETS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
export const TOKEN_BUCKETS = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304];

export const ERROR_TYPE = 'error.type';

/** Splits `"provider/model"`, as the configuration writes it; a name without a slash has an empty provider. */
export function splitModel(name: string): { provider: string; model: string } {
  const slash = name.indexOf('/');
  return { provider: name.slice(0, Math.max(slash, 0)), model: name.slice(slash + 1) };
}
