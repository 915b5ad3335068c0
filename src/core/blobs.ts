import type { Input, SessionEvent } from './model/events.ts';
import { type AssistantPart, listFiles } from './model/message.ts';

/** Lists the blobs that an event refers to: its files, and the whole result of a tool call that was shortened. */
export function listEventBlobs(event: SessionEvent): string[] {
  switch (event.type) {
    case 'input_received':
      return listInputBlobs(event.input);
    case 'model_call_finished':
      return listBlobs(event.content);
    case 'tool_call_finished': {
      const { output, blob } = event;
      return [...(output.type === 'content' ? listBlobs(output.value) : []), ...(blob ? [blob.id] : [])];
    }
    default:
      return [];
  }
}

/** Lists the blobs of an input's files. */
export function listInputBlobs(input: Input): string[] {
  return input.kind === 'message' || input.kind === 'result' ? listBlobs(input.content) : [];
}

function listBlobs(content: readonly AssistantPart[]): string[] {
  return listFiles(content).map(({ blob }) => blob);
}
