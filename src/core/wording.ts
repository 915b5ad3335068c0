import type { Message, ToolOutput } from './message.ts';
import { textOf } from './message.ts';
import type { ToolCall } from './state.ts';

/** What the model is told in our name. Kept in one place because it is part of every prompt after it. */

export function refused(reason: string): ToolOutput {
  return { type: 'error-text', value: `This call was not run: ${reason}.` };
}

export function outcomeUnknown(tool: ToolCall, startedAt: number): ToolOutput {
  const started = new Date(startedAt).toISOString();
  return {
    type: 'error-text',
    value: `The outcome of this call is unknown. ${tool.part.toolName} was started at ${started} with ${JSON.stringify(
      tool.part.input,
    )} and was interrupted before it could report. It may or may not have taken effect, and it was not run again. Check before you repeat it.`,
  };
}

export function summaryMessage(summary: string): string {
  return `[system] The earlier part of this conversation was summarised to fit the context window:\n${summary}`;
}

/** The prompt of a compaction: asks for a summary of `dropped`, the oldest part of the history. */
export function compactionPrompt(dropped: readonly Message[]): Message[] {
  const lines = dropped.map((message) => `${message.role}: ${transcriptLine(message)}`);
  return [
    {
      role: 'user',
      content: [
        {
          type: 'text',
          text: `Summarise this conversation for the assistant who will continue it. Keep every fact, decision, file name, number and open task; leave out pleasantries.\n\n${lines.join('\n')}`,
        },
      ],
    },
  ];
}

function transcriptLine(message: Message): string {
  if (message.role !== 'assistant' && message.role !== 'tool') return textOf(message);
  const parts = message.content.map((part) => {
    if (part.type === 'text') return part.text;
    if (part.type === 'tool-call') return `[calls ${part.toolName} ${JSON.stringify(part.input)}]`;
    if (part.type === 'tool-result') return `[result of ${part.toolName}: ${JSON.stringify(part.output)}]`;
    return '';
  });
  return parts.filter(Boolean).join(' ');
}
