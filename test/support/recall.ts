import type { LanguageModelV4Prompt, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { Model } from '../../src/models/port/model.ts';

/**
 * A model that shows what it remembers. It is told `message 1: …`, `message 2: …` and so on, works off as many calls
 * of `look` as `stepsOf` says, and answers with the number of messages that it knows of, directly or from summaries.
 * Whatever is lost, doubled or out of order on the way shows in its answer.
 */
export function recallModel({ counts }: { counts: boolean }): Model & { longest: number } {
  return {
    longest: 0,
    specificationVersion: 'v4',
    provider: 'recall',
    modelId: 'recall',
    supportedUrls: {},
    doGenerate: () => Promise.reject(new Error('The recall model only streams.')),
    async doStream({ prompt }) {
      const length = lengthOf(prompt);
      this.longest = Math.max(this.longest, length);
      const parts = partsOf(replyTo(prompt.map(lineOf)), counts ? length : undefined);
      return { stream: ReadableStream.from(parts) };
    },
  };
}

/** A message of a prompt: who speaks, and its words. */
export interface Line {
  role: string;
  text: string;
}

export type Reply = { text: string } | { call: string };

export function replyTo(prompt: readonly Line[], steps = stepsOf): Reply {
  const { messages, steps: done, wrong } = recallKnown(prompt);
  if (wrong) return { text: `confused: ${wrong}` };
  if (prompt.at(-1)?.text.startsWith('Summarise')) {
    return { text: `${messages > 0 ? `messages 1 to ${messages}; ` : ''}steps ${done}` };
  }
  if (done < steps(messages)) return { call: `call_${messages}_${done}` };
  return { text: `I know ${messages} messages.` };
}

/** Most messages are answered at once, some take a step, a few take many. */
export function stepsOf(message: number): number {
  if (message % 50 === 0) return 12;
  return message % 7 === 0 ? 1 : 0;
}

const KNOWN = /messages 1 to (\d+)|message (\d+):|steps (\d+)|\[result of look/g;

interface Known {
  messages: number;
  /** Since the last message. */
  steps: number;
  wrong: string;
}

function recallKnown(prompt: readonly Line[]): Known {
  let known: Known = { messages: 0, steps: 0, wrong: '' };
  for (const { role, text } of prompt) {
    if (role === 'tool') known = { ...known, steps: known.steps + 1 };
    if (role === 'user') for (const match of text.matchAll(KNOWN)) known = learnFrom(known, match);
  }
  return known;
}

function learnFrom(known: Known, [, summarised, message, steps = '1']: RegExpExecArray): Known {
  const { messages, wrong } = known;
  if (summarised !== undefined) {
    const twice = messages > 0 ? `${summarised} summarised after ${messages}` : '';
    return { messages: Number(summarised), steps: 0, wrong: wrong || twice };
  }
  if (message === undefined) return { ...known, steps: known.steps + Number(steps) };
  const jump = Number(message) === messages + 1 ? '' : `${message} after ${messages}`;
  return { messages: Number(message), steps: 0, wrong: wrong || jump };
}

function lineOf({ role, content }: LanguageModelV4Prompt[number]): Line {
  if (typeof content === 'string') return { role, text: content };
  return { role, text: content.map((part) => (part.type === 'text' ? part.text : '')).join('') };
}

function lengthOf(prompt: LanguageModelV4Prompt): number {
  return Math.ceil(JSON.stringify(prompt).length / 3);
}

function partsOf(said: Reply, input: number | undefined): LanguageModelV4StreamPart[] {
  const tokens = { noCache: undefined, cacheRead: undefined, cacheWrite: undefined };
  const words: LanguageModelV4StreamPart[] =
    'call' in said
      ? [{ type: 'tool-call', toolCallId: said.call, toolName: 'look', input: '{}' }]
      : [
          { type: 'text-start', id: 't' },
          { type: 'text-delta', id: 't', delta: said.text },
          { type: 'text-end', id: 't' },
        ];
  return [
    { type: 'stream-start', warnings: [] },
    ...words,
    {
      type: 'finish',
      finishReason: { unified: 'call' in said ? 'tool-calls' : 'stop', raw: 'stop' },
      usage: {
        inputTokens: { total: input, ...tokens },
        outputTokens: { total: input && 10, text: undefined, reasoning: undefined },
      },
    },
  ];
}
