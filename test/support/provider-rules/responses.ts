import { type Body, findRepeated, firstFault, hasWords, listOf, type RequestCheck, textsIn } from './body.ts';

/**
 * OpenAI, Responses reference and its 400 answers: "'input[3].call_id': string too long" (64), "Items are not persisted
 * when `store` is set to false" (references, and reasoning without its encrypted content).
 */
const ITEMS: Record<string, (item: Body) => string | undefined> = {
  item_reference: () => 'a reference',
  message: ({ role, content }) =>
    textsIn(content).some(hasWords)
      ? firstFault(listOf(content), (part) => partFault(String(role), part))
      : 'a blank message',
  function_call_output: ({ output }) => firstFault(listOf(output), (part) => partFault('user', part)),
  reasoning: (item) =>
    typeof item['encrypted_content'] === 'string' ? undefined : 'reasoning without its content',
  function_call({ call_id, name }) {
    if (!/^[\w-]{1,64}$/.test(String(call_id))) return `call_id ${String(call_id)}`;
    return /^[a-zA-Z0-9_-]{1,64}$/.test(String(name)) ? undefined : `name ${String(name)}`;
  },
};

/** "Invalid value: 'input_image'. Supported values are: 'output_text' and 'refusal'" in messages of the assistant. */
function partFault(role: string, part: Body): string | undefined {
  const type = String(part['type']);
  if (role === 'assistant') return type === 'output_text' ? undefined : `${type} in an answer`;
  if (type === 'input_image')
    return /^data:image\/(png|jpeg|gif|webp);base64,./.test(String(part['image_url']))
      ? undefined
      : 'an image';
  if (type === 'input_file')
    return /^data:application\/pdf;base64,./.test(String(part['file_data'])) ? undefined : 'a document';
  return type === 'input_text' && hasWords(part['text']) ? undefined : `a part ${type}`;
}

const checkItems: RequestCheck = ({ input }) =>
  firstFault(listOf(input), (item) => ITEMS[typeOf(item)]?.(item));

function typeOf({ type = 'message' }: Body): string {
  return String(type);
}

/** "Item 'rs_…' of type 'reasoning' was provided without its required following item". */
const checkFollowers: RequestCheck = ({ input }) => {
  const list = listOf(input);
  return firstFault(list, (item, index) => {
    const next = list[index + 1];
    if (typeOf(item) !== 'reasoning') return undefined;
    const follows =
      next && (next['role'] === 'assistant' || ['function_call', 'reasoning'].includes(typeOf(next)));
    return follows ? undefined : 'reasoning without its following item';
  });
};

/** "No tool output found for function call", "No tool call found for function call output". */
const checkCalls: RequestCheck = ({ input }) => {
  const idsOf = (type: string) =>
    listOf(input).flatMap((item) => (typeOf(item) === type ? [String(item['call_id'])] : []));
  const [made, answered] = [idsOf('function_call'), idsOf('function_call_output')];
  return (
    findRepeated(made) ??
    (made.join() === answered.join() ? undefined : `outputs [${answered}] for calls [${made}]`)
  );
};

export const responsesChecks = [checkItems, checkFollowers, checkCalls];
