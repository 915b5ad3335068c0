import type { Elicitation, ElicitationField } from '../../core/model/elicitation.ts';
import type { AssistantPart, Content, Json, ToolOutput } from '../../core/model/message.ts';
import { mapJson, parseLossless } from '../../util/lossless-json.ts';
import { hasSealedSecret } from '../../util/mask.ts';

/**
 * Keeps configured secrets out of journals and prompts. Tool outputs are masked. Call arguments are sealed:
 * wherever they are stored, shown or sent, a name stands in for the secret; only the tool receives the secret
 * itself.
 */
export interface SecretPort {
  /** Replaces each secret in the text by a mask; this cannot be undone. */
  hide(text: string): string;
  /** Measures how many characters at the end of a text may be the beginning of a secret that continues. */
  measureTail(text: string): number;
  /** Seals the text: replaces each secret by a name for it. The next method reverses this. */
  close(text: string): string;
  open(text: string): string;
}

/** Secret port without secrets: returns every text unchanged. */
export const NO_SECRETS: SecretPort = {
  hide: (text) => text,
  measureTail: () => 0,
  close: (text) => text,
  open: (text) => text,
};

/**
 * Masks secrets in a text that arrives in pieces. It keeps back only what may be the beginning of a secret, so that
 * no part of a secret is shown before the whole secret is known.
 */
export class StreamMask {
  #kept = '';

  /** Adds a piece, and returns the masked text that can be shown now; empty when none can. */
  addPiece(piece: string, { hide, measureTail }: SecretPort): string {
    const text = this.#kept + piece;
    const tail = measureTail(text);
    const [shown, kept] = [text.slice(0, text.length - tail), text.slice(text.length - tail)];
    // A secret across the end is masked in the whole text only; then the next piece decides.
    const clean = tail === 0 || hide(shown) + hide(kept) === hide(text);
    this.#kept = clean ? kept : text;
    return clean ? hide(shown) : '';
  }

  /** Returns the masked text that was kept back, because no further piece follows. */
  takeRest({ hide }: SecretPort): string {
    const rest = hide(this.#kept);
    this.#kept = '';
    return rest;
  }
}

/**
 * Masks a tool's output so that it may be stored and sent. JSON that is no longer valid after masking becomes
 * text.
 */
export function maskOutput(output: ToolOutput, { hide }: SecretPort): ToolOutput {
  if (output.type === 'json') return maskJson(output.value, hide);
  if (output.type === 'execution-denied') {
    return output.reason === undefined ? output : { ...output, reason: hide(output.reason) };
  }
  if (output.type === 'content') return { ...output, value: maskContent(output.value, hide) };
  return { ...output, value: hide(output.value) };
}

function maskContent(content: Content, hide: (text: string) => string): Content {
  return content.map((part) => (part.type === 'text' ? { ...part, text: hide(part.text) } : part));
}

function maskJson(value: Json, hide: (text: string) => string): ToolOutput {
  const json = JSON.stringify(value);
  const hidden = hide(json);
  if (hidden === json) return { type: 'json', value };
  try {
    return { type: 'json', value: parseLossless(hidden) };
  } catch {
    return { type: 'text', value: hidden };
  }
}

/**
 * Seals and masks a model's answer so that it may be stored: arguments of calls are sealed, and texts are masked. When
 * reasoning changes, its provider could no longer verify it, so the answer loses what its provider added and is
 * treated like that of another model.
 */
export function maskAnswer(content: readonly AssistantPart[], secrets: SecretPort): AssistantPart[] {
  const masked = content.map((part) => maskAnswerPart(part, secrets));
  const isVerifiable = content.every((part, index) => {
    const other = masked[index];
    return part.type !== 'reasoning' || (other?.type === 'reasoning' && other.text === part.text);
  });
  return isVerifiable ? masked : masked.map(({ providerOptions: _, ...part }) => part);
}

function maskAnswerPart(part: AssistantPart, secrets: SecretPort): AssistantPart {
  const { close, hide } = secrets;
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return { ...part, text: hide(part.text) };
    case 'tool-result':
      return { ...part, output: maskOutput(part.output, secrets) };
    case 'tool-call': {
      const { invalid } = part;
      const reason = invalid === undefined ? {} : { invalid: hide(invalid) };
      return { ...part, input: mapJson(part.input, close), ...reason };
    }
    default:
      return part;
  }
}

/** Masks a question of a tool or an MCP server so that it may be stored and shown to approvers. */
export function maskElicitation(question: Elicitation, { hide }: SecretPort): Elicitation {
  const { url, fields } = question;
  return {
    ...question,
    message: hide(question.message),
    ...(url === undefined ? {} : { url: hide(url) }),
    fields: fields.map((field) => maskField(field, hide)),
  };
}

/** Masks the texts of a field. A default with a secret is removed, because the answer would otherwise be its mask. */
function maskField(field: ElicitationField, hide: (text: string) => string): ElicitationField {
  const { default: byDefault, title, description, ...rest } = field;
  const isSecret = byDefault !== undefined && hide(JSON.stringify(byDefault)) !== JSON.stringify(byDefault);
  return {
    ...rest,
    ...(title === undefined ? {} : { title: hide(title) }),
    ...(description === undefined ? {} : { description: hide(description) }),
    ...(byDefault === undefined || isSecret ? {} : { default: byDefault }),
  };
}

/** Seals what a tool keeps between its questions and their answers, so that it may be stored. */
export function sealJson(value: Json, { close }: SecretPort): Json {
  return mapJson(value, close);
}

/** Returns the arguments of a call with their secrets, as the model gave them. */
export function unsealInput(input: Json, { open }: SecretPort): Json {
  return mapJson(input, open);
}

/** Checks whether unsealed arguments still name a secret, which is then no longer in the configuration. */
export function namesMissingSecret(input: Json): boolean {
  return hasSealedSecret(JSON.stringify(input) ?? '');
}
