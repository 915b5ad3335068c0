import { setTimeout as sleep } from 'node:timers/promises';
import type {
  LanguageModelV4CallOptions,
  LanguageModelV4Prompt,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import { UnknownModelError } from '../../errors/models.ts';
import type { Model } from '../port/model.ts';
import { builtinScripts, type Script, type ScriptStep } from '../providers/script.ts';

/**
 * Creates a model without a provider, which plays a script (script.ts) over the same interface as the real models.
 * Without delays, a step needs no timer and no I/O. Throws UnknownModelError for an unknown script.
 */
export function createScriptedModel(
  provider: string,
  name: string,
  scripts: Record<string, Script> = {},
): Model {
  const all = { ...builtinScripts, ...scripts };
  const script = Object.hasOwn(all, name) ? all[name] : undefined;
  if (!script) {
    const known = Object.keys(all).map((each) => `${provider}/${each}`);
    throw new UnknownModelError(`${provider}/${name}`, 'script', known);
  }
  return {
    specificationVersion: 'v4',
    provider,
    modelId: name,
    supportedUrls: {},
    doGenerate: () => Promise.reject(new Error('The scripted model only streams.')),
    doStream: async ({ prompt, abortSignal }) => ({ stream: playScript(script, prompt, abortSignal) }),
  };
}

type Stream = ReadableStream<LanguageModelV4StreamPart>;
type Signal = LanguageModelV4CallOptions['abortSignal'];

function playScript(script: Script, prompt: LanguageModelV4Prompt, signal: Signal): Stream {
  const turn = countAnswers(prompt);
  const step = script[turn % script.length] ?? {};
  const parts = toParts(step, turn, prompt);
  return step.delay || step.tokenDelay ? streamWithDelays(parts, step, signal) : streamAtOnce(parts, signal);
}

/** Counts the assistant messages with a loop, because filtering a long history takes two to seven times as long. */
function countAnswers(prompt: LanguageModelV4Prompt): number {
  let count = 0;
  for (const { role } of prompt) if (role === 'assistant') count += 1;
  return count;
}

function toParts(step: ScriptStep, turn: number, prompt: LanguageModelV4Prompt): LanguageModelV4StreamPart[] {
  const text = fillPlaceholders(step.text ?? '', prompt);
  const tokens = text === '' ? [] : text.split(/(?<= )/);
  const tools = step.tools ?? [];
  return [
    { type: 'stream-start', warnings: [] },
    ...(tokens.length > 0 ? toTextParts(tokens) : []),
    ...tools.map(({ name, input }, position) => ({
      type: 'tool-call' as const,
      toolCallId: `call_${turn + 1}_${position + 1}`,
      toolName: name,
      input: JSON.stringify(input),
    })),
    {
      type: 'finish',
      finishReason: { unified: tools.length > 0 ? 'tool-calls' : 'stop', raw: 'script' },
      usage: {
        inputTokens: { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
        outputTokens: { total: tokens.length, text: tokens.length, reasoning: undefined },
      },
    },
  ];
}

function toTextParts(tokens: string[]): LanguageModelV4StreamPart[] {
  return [
    { type: 'text-start', id: 'text' },
    ...tokens.map((delta) => ({ type: 'text-delta' as const, id: 'text', delta })),
    { type: 'text-end', id: 'text' },
  ];
}

function fillPlaceholders(text: string, prompt: LanguageModelV4Prompt): string {
  return text.replace(/\{(input|result)\}/g, (_, key) =>
    key === 'input' ? findLastInput(prompt) : findLastResult(prompt),
  );
}

function findLastInput(prompt: LanguageModelV4Prompt): string {
  const said = prompt.flatMap((message) =>
    message.role === 'user' ? [joinPromptTexts(message.content)] : [],
  );
  return said.findLast((text) => !text.startsWith('[system] ')) ?? '';
}

/** Joins the texts of a content; a file is named, so that scripts can show that it arrived. */
function joinPromptTexts(content: readonly { type: string; text?: string; filename?: string }[]): string {
  return content
    .map(({ type, text, filename }) => (type === 'file' ? `<${filename ?? 'file'}>` : (text ?? '')))
    .join('');
}

function findLastResult(prompt: LanguageModelV4Prompt): string {
  const part = prompt.findLast((message) => message.role === 'tool')?.content.at(-1);
  if (part?.type !== 'tool-result') return '';
  const { output } = part;
  if (output.type === 'text' || output.type === 'error-text') return output.value;
  if (output.type === 'content') return joinPromptTexts(output.value);
  return output.type === 'execution-denied' ? (output.reason ?? 'denied') : JSON.stringify(output.value);
}

function streamAtOnce(parts: LanguageModelV4StreamPart[], signal: Signal): Stream {
  return new ReadableStream({
    start(controller) {
      if (signal?.aborted) return controller.error(signal.reason);
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
}

function streamWithDelays(
  parts: LanguageModelV4StreamPart[],
  { delay = 0, tokenDelay = 0 }: ScriptStep,
  signal: Signal,
): Stream {
  let wait = delay;
  let next = 0;
  return new ReadableStream({
    async pull(controller) {
      const part = parts[next++];
      if (!part) return controller.close();
      if (part.type === 'text-delta') {
        if (wait > 0) await sleep(wait, undefined, signal ? { signal } : {});
        wait = tokenDelay;
      }
      controller.enqueue(part);
    },
  });
}
