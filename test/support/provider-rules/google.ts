import {
  type Body,
  findUnpaired,
  firstFault,
  hasWords,
  isRecord,
  listOf,
  type RequestCheck,
} from './body.ts';

/** Google, Gemini API reference and its 400 answers: "contents.parts must not be empty", no blank parts without data. */
const checkParts: RequestCheck = ({ contents }) =>
  firstFault(listOf(contents), (content) => {
    const list = listOf(content['parts']);
    if (list.every((part) => part['thought'] === true)) return 'nothing, or thoughts alone';
    return firstFault(list, partFault);
  });

function partFault(part: Body): string | undefined {
  const { inlineData: data } = part;
  if (isRecord(data) && !(data['data'] && INLINE.test(String(data['mimeType'])))) return 'inline data';
  const blank = 'text' in part && !hasWords(part['text']);
  if (blank && part['thoughtSignature'] === undefined) return 'a blank part';
  // Names begin with a letter or an underscore.
  return namesIn([part], 'functionCall').every((name) => /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/.test(name))
    ? undefined
    : 'a name';
}

/** "Unsupported MIME type". */
const INLINE = /^(image\/(png|jpeg|gif|webp)|application\/pdf|(audio|video)\/\w+)$/;

/** "the number of function response parts is equal to the number of function call parts of the function call turn". */
const checkCalls: RequestCheck = ({ contents }) =>
  findUnpaired(
    listOf(contents).map((content) => ({
      calls: namesIn(listOf(content['parts']), 'functionCall'),
      results: namesIn(listOf(content['parts']), 'functionResponse'),
    })),
  );

function namesIn(list: readonly Body[], kind: string): string[] {
  return list.flatMap((part) => {
    const inner = part[kind];
    return isRecord(inner) ? [String(inner['name'])] : [];
  });
}

/**
 * "Please ensure that function call turn comes immediately after a user turn or after a function response turn",
 * "Please ensure that multiturn requests alternate between user and model".
 */
const checkRoles: RequestCheck = ({ contents }) => {
  const said = listOf(contents).map(({ role }) => role);
  if (said[0] !== 'user' || said.at(-1) !== 'user') return `roles ${said}`;
  return firstFault(said, (role, index) =>
    role === 'model' && said[index - 1] === role ? 'two of the model' : undefined,
  );
};

export const googleChecks = [checkParts, checkCalls, checkRoles];
