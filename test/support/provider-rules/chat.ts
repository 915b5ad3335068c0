import {
  type Body,
  findRepeated,
  findUnpaired,
  firstFault,
  hasWords,
  isRecord,
  listOf,
  type RequestCheck,
  textsIn,
} from './body.ts';

/**
 * OpenAI, Chat Completions reference and its 400 answers: "'messages[2].tool_calls[0].id': string too long" (40), names
 * match `^[a-zA-Z0-9_-]{1,64}$`, arguments are a JSON object. Some servers refuse blank results and blank messages.
 */
const checkContent: RequestCheck = ({ messages }) =>
  firstFault(listOf(messages), (message) => {
    const calls = listOf(message['tool_calls']);
    if (calls.length === 0 && !textsIn(message['content']).some(hasWords)) return 'no content';
    return firstFault(calls, callFault);
  });

function callFault({ id, function: asked }: Body): string | undefined {
  if (!/^\S{1,40}$/.test(String(id))) return `id ${String(id)}`;
  if (!isRecord(asked) || !/^[a-zA-Z0-9_-]{1,64}$/.test(String(asked['name']))) return 'name';
  return isRecord(JSON.parse(String(asked['arguments']))) ? undefined : 'arguments';
}

/**
 * "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'",
 * "messages with role 'tool' must be a response to a preceding message with 'tool_calls'". Parsers of vLLM and SGLang
 * and OpenRouter's routes want unique ids.
 */
const checkCalls: RequestCheck = ({ messages }) => {
  const groups: { calls: string[]; results: string[] }[] = [];
  for (const message of listOf(messages)) {
    const last = groups.at(-1);
    if (message['role'] !== 'tool') groups.push({ calls: callIds(message), results: [] });
    else if (last && last.calls.length === 0) last.results.push(String(message['tool_call_id']));
    else groups.push({ calls: [], results: [String(message['tool_call_id'])] });
  }
  return findUnpaired(groups) ?? findRepeated(groups.flatMap((group) => group.calls));
};

function callIds(message: Body): string[] {
  return listOf(message['tool_calls']).map(({ id }) => String(id));
}

/** Groq, Mistral: "property 'reasoning_content' is unsupported", "Extra inputs are not permitted". */
const noReasoning: RequestCheck = (_, raw) =>
  raw.includes('"reasoning_content"') ? 'a member reasoning_content' : undefined;

/** DeepSeek's guide to thinking mode: `reasoning_content` goes back with tool calls and nowhere else. */
const reasoningWithCalls: RequestCheck = ({ messages }) =>
  firstFault(listOf(messages), (message) =>
    message['reasoning_content'] === undefined || callIds(message).length > 0 ? undefined : 'reasoning alone',
  );

/** Mistral's API: "Tool call id has to be a-z, A-Z, 0-9, with a length of 9". */
const nineCharacters: RequestCheck = ({ messages }) =>
  firstFault(listOf(messages).flatMap(callIds), (id) =>
    /^[a-zA-Z0-9]{9}$/.test(id) ? undefined : `id ${id}`,
  );

/**
 * Chat templates of Mistral and Gemma: "Conversation roles must alternate user/assistant/user/assistant/...". Mistral's
 * API: "Unexpected role 'user' after role 'tool'", "Expected last role User or Tool".
 */
const strictRoles: RequestCheck = ({ messages }) => {
  const roles = listOf(messages).flatMap(({ role }) => (role === 'system' ? [] : [String(role)]));
  return firstFault([...roles, 'end'], (role, index) => {
    const before = roles[index - 1] ?? 'start';
    return AFTER[before]?.includes(role) ? undefined : `${role} after ${before}`;
  });
};

const AFTER: Record<string, string[]> = {
  start: ['user'],
  user: ['assistant', 'end'],
  assistant: ['user', 'tool'],
  tool: ['tool', 'assistant', 'end'],
};

/** Not every server takes a list of texts; a list is needed for a file only. */
const plainContent: RequestCheck = ({ messages }) =>
  firstFault(listOf(messages), ({ content: said }) =>
    Array.isArray(said) && listOf(said).every(({ type }) => type === 'text') ? 'a list of texts' : undefined,
  );

/** "Invalid content type. image_url is only supported by certain roles": only messages of the user have files. */
const filesOfUsers: RequestCheck = ({ messages }) =>
  firstFault(listOf(messages), ({ role, content: said }) => {
    if (role !== 'user') return Array.isArray(said) ? 'a list outside of user messages' : undefined;
    return firstFault(listOf(said), fileFault);
  });

/** "You uploaded an unsupported image. Please make sure your image is valid": PNG, JPEG, GIF and WebP. */
function fileFault(part: Body): string | undefined {
  const { image_url: image, file } = part;
  if (part['type'] === 'text') return hasWords(part['text']) ? undefined : 'a blank text';
  if (isRecord(image))
    return /^data:image\/(png|jpeg|gif|webp);base64,./.test(String(image['url'])) ? undefined : 'an image';
  if (isRecord(file))
    return /^data:application\/pdf;base64,./.test(String(file['file_data'])) ? undefined : 'a document';
  return `a part ${String(part['type'])}`;
}

export const chatChecks = [checkContent, checkCalls, noReasoning, filesOfUsers];
export const compatibleChecks = [
  checkContent,
  checkCalls,
  reasoningWithCalls,
  nineCharacters,
  strictRoles,
  plainContent,
  filesOfUsers,
];
