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
 * Anthropic, Messages API reference and its 400 answers: "text content blocks must contain non-whitespace text",
 * "tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'", "tool_use.input: Input should be a valid dictionary",
 * "content cannot be empty if `is_error` is true".
 */
const BLOCKS: Record<string, (block: Body) => string | undefined> = {
  text: ({ text }) => (hasWords(text) ? undefined : 'a blank text block'),
  thinking: ({ signature }) => (typeof signature === 'string' ? undefined : 'unsigned thinking'),
  tool_result: ({ content }) =>
    textsIn(content).some(hasWords)
      ? firstFault(listOf(content), (block) => BLOCKS[String(block['type'])]?.(block))
      : 'a blank tool_result',
  image: (block) => sourceFault(block, /^image\/(png|jpeg|gif|webp)$/),
  document: (block) => sourceFault(block, /^application\/pdf$/),
  tool_use({ id, name, input }) {
    if (!/^[a-zA-Z0-9_-]{1,64}$/.test(String(id))) return `tool_use.id ${String(id)}`;
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(String(name))) return `tool_use.name ${String(name)}`;
    return isRecord(input) ? undefined : 'tool_use.input';
  },
};

/** "media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'"; documents are PDF. */
function sourceFault({ source }: Body, types: RegExp): string | undefined {
  if (!isRecord(source) || !types.test(String(source['media_type']))) return 'a media type';
  return source['data'] ? undefined : 'a source without data';
}

/** "Images and documents are not allowed in assistant messages". */
const checkFiles: RequestCheck = ({ messages }) =>
  firstFault(listOf(messages), ({ role, content: said }) =>
    role === 'assistant' && listOf(said).some(({ type }) => type === 'image' || type === 'document')
      ? 'a file in an answer'
      : undefined,
  );

/** "all messages must have non-empty content", "the final block in an assistant message cannot be `thinking`". */
const checkContent: RequestCheck = ({ messages }) =>
  firstFault(listOf(messages), ({ role, content: said }) => {
    const blocks = listOf(said);
    if (blocks.length === 0) return 'empty content';
    if (role === 'assistant' && /thinking$/.test(String(blocks.at(-1)?.['type']))) return 'ends in thinking';
    return firstFault(blocks, (block) => BLOCKS[String(block['type'])]?.(block));
  });

/** "`tool_use` ids were found without `tool_result` blocks immediately after", "`tool_use` ids must be unique". */
const checkCalls: RequestCheck = ({ messages }) => {
  const exchanges = listOf(messages).map(({ content: said }) => ({
    calls: idsOf(said, 'tool_use', 'id'),
    results: idsOf(said, 'tool_result', 'tool_use_id'),
  }));
  return findUnpaired(exchanges) ?? findRepeated(exchanges.flatMap((exchange) => exchange.calls));
};

function idsOf(said: unknown, type: string, member: string): string[] {
  return listOf(said).flatMap((block) => (block['type'] === type ? [String(block[member])] : []));
}

/** "the conversation must end with a user message"; the first message is the user's. */
const checkRoles: RequestCheck = ({ messages }) => {
  const said = listOf(messages).map(({ role }) => role);
  return said[0] === 'user' && said.at(-1) === 'user' ? undefined : `roles ${said}`;
};

const checkSystem: RequestCheck = (body) =>
  firstFault(listOf(body['system']), ({ text }) => (hasWords(text) ? undefined : 'a blank system block'));

export const anthropicChecks = [checkContent, checkFiles, checkCalls, checkRoles, checkSystem];
